import type { AnyModel } from '@anywidget/types';

import { Cleanup, element, oncePerFrame } from './dom';
import { onAnyTrait, onTrait } from './listen';
import { Notice } from './notice';
import {
  applyTheme,
  onAppearance,
  readChartColours,
  type ChartColours,
  type Theme
} from './theme';
import { shakeHands, type VersionTraits } from './version';

export interface ShellTraits extends VersionTraits {
  theme: Theme;
  loading: boolean;
  error: string;
}

export interface State {
  /** Whether there is something to see. */
  full: boolean;
  /** What went wrong in the browser, or "". */
  failure: string;
  loading: string;
  empty: string;
}

/** What every chart view has: states without jumps, a theme, an end. */
export abstract class Shell<T extends ShellTraits> {
  protected readonly cleanup = new Cleanup();
  /** Always as high as its longest word: the place of notices and of `words`. */
  protected readonly status = element('div', 'jp-Spreadlab-status');
  protected readonly words = element('div', 'jp-Spreadlab-words');
  protected readonly redraw = oncePerFrame(() => {
    this.draw();
  });
  private readonly notice = new Notice();
  private found: ChartColours | null = null;

  protected constructor(
    protected readonly model: AnyModel<T>,
    protected readonly root: HTMLElement,
    className: string,
    label: string
  ) {
    root.classList.add('jp-Spreadlab-view', className);
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', label);
    this.status.append(this.notice.node, this.words);
    onAppearance(this.cleanup, () => {
      this.found = null;
      this.redraw.request();
    });
    this.on('theme', () => {
      this.readTheme();
    });
    for (const name of ['loading', 'error'] as const) {
      this.on(name, () => {
        this.showState();
      });
    }
    this.readTheme();
  }

  dispose(): void {
    this.redraw.cancel();
    this.cleanup.run();
    this.root.replaceChildren();
  }

  protected abstract draw(): void;

  protected abstract state(): State;

  protected get colours(): ChartColours {
    if (!this.root.isConnected) {
      return readChartColours(this.root); // off the page no colour has a value yet
    }
    return (this.found ??= readChartColours(this.root));
  }

  protected on(name: keyof T & string, handler: () => void): void {
    onTrait(this.model, this.cleanup, name, handler);
  }

  /** Once for a message of the kernel, however many of these traits it brings. */
  protected onAny(
    names: readonly (keyof T & string)[],
    handler: () => void
  ): void {
    onAnyTrait(this.model, this.cleanup, names, handler);
  }

  /** One of: error, loading (with or without a stale picture), empty, ready. */
  protected showState(): void {
    const { full, failure, loading, empty } = this.state();
    const busy = this.model.get('loading');
    const error =
      failure ||
      this.model.get('error') ||
      shakeHands(this.model as unknown as AnyModel<VersionTraits>);
    this.root.classList.toggle('jp-mod-stale', busy && full);
    this.root.classList.toggle('jp-mod-empty', !full);
    this.root.setAttribute('aria-busy', String(busy));
    if (error) {
      this.notice.show('error', error);
    } else if (busy) {
      this.notice.show('loading', loading);
    } else if (!full) {
      this.notice.show('empty', empty);
    } else {
      this.notice.hide();
    }
  }

  private readTheme(): void {
    applyTheme(this.root, this.model.get('theme'));
    this.found = null;
    this.redraw.request();
  }
}
