import type { AnyModel } from '@anywidget/types';

import { Cleanup, element } from '../shared/dom';
import { Notice } from '../shared/notice';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import { EngineForm } from './form';
import { JobList, type JobRow } from './jobs';

export interface EngineTraits extends VersionTraits {
  address: string;
  state: 'connected' | 'testing' | 'connecting' | 'failed' | 'lost';
  words: string;
  theme: Theme;
  error: string;
}

/** The jobs are asked for this often (ms), while somebody can see them. */
const ASK_INTERVAL = 1000;

export class EngineView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly status = element('div', 'jp-SpreadlabEngine-status', {
    role: 'status',
    'aria-live': 'polite'
  });
  private readonly form: EngineForm;
  private readonly jobs: JobList;
  /** A question is on its way: a busy kernel must not find a heap of them. */
  private asked = false;

  constructor(
    private readonly model: AnyModel<EngineTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabEngine');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Engine');
    this.form = new EngineForm(this.cleanup, kind => {
      this.submit(kind);
    });
    this.jobs = new JobList(id => {
      model.send({ kind: 'cancel', id });
    });
    root.append(this.status, this.notice.node, this.form.node, this.jobs.node);
    for (const event of [
      'change:state',
      'change:words',
      'change:error'
    ] as const) {
      this.on(event, () => {
        this.showState();
      });
    }
    this.on('change:address', () => {
      this.form.show(model.get('address'));
    });
    this.on('change:theme', () => {
      applyTheme(root, model.get('theme'));
    });
    const hear = (message: { kind: string; jobs: JobRow[] }): void => {
      if (message.kind === 'jobs') {
        this.asked = false;
        this.jobs.show(message.jobs);
      }
    };
    model.on('msg:custom', hear);
    this.cleanup.add(() => {
      model.off('msg:custom', hear);
    });
    applyTheme(root, model.get('theme'));
    this.form.show(model.get('address'));
    this.showState();
    this.ask();
    const timer = setInterval(() => {
      this.ask();
    }, ASK_INTERVAL);
    this.cleanup.add(() => {
      clearInterval(timer);
    });
  }

  dispose(): void {
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private on(
    event: `change:${keyof EngineTraits & string}`,
    handler: () => void
  ): void {
    this.model.on(event, handler);
    this.cleanup.add(() => {
      this.model.off(event, handler);
    });
  }

  private ask(): void {
    const seen =
      document.visibilityState === 'visible' &&
      this.root.getClientRects().length > 0;
    if (seen && !this.asked) {
      this.asked = true;
      this.model.send({ kind: 'jobs' });
    }
  }

  private submit(kind: 'connect' | 'test'): void {
    this.model.send({ kind, ...this.form.read() });
    if (kind === 'connect') {
      this.form.forgetToken();
    }
  }

  private showState(): void {
    const state = this.model.get('state');
    const words = this.model.get('words') || this.model.get('address');
    const busy = state === 'testing' || state === 'connecting';
    this.status.dataset['state'] = state;
    this.status.textContent =
      state === 'failed' ? `Not connected. ${words}` : words;
    this.root.setAttribute('aria-busy', String(busy));
    for (const button of this.form.buttons) {
      button.disabled = busy;
    }
    const error = this.model.get('error') || shakeHands(this.model);
    if (error) {
      this.notice.show('error', error);
    } else {
      this.notice.hide();
    }
  }
}
