import type { AnyModel } from '@anywidget/types';

import { decodeFloat64, type WireArray } from '../shared/codec';
import { Cleanup, element, throttle } from '../shared/dom';
import { integer } from '../shared/format';
import { observe } from '../shared/model';
import { Notice } from '../shared/notice';
import { onScopeKey } from '../shared/scope';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import {
  barLabel,
  bracket,
  bracketStep,
  keyStep,
  moveRange,
  yearTicks,
  type Part,
  type Range
} from './range';

export interface WindowTraits extends VersionTraits {
  _bars: { count: number; times: WireArray | null } | null;
  window: Range | null;
  dragging: boolean;
  min_bars: number;
  theme: Theme;
}

/** The kernel hears of the window at once, and then at most this often (ms). */
const SAVE_INTERVAL = 16;
/** Keys come one by one: the window counts as moving for this long after one (ms). */
const KEY_REST = 400;
const TICK_ROOM = 60;

export class WindowView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly body = element('div', 'jp-SpreadlabWindow-body', {
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly label = element('div', 'jp-SpreadlabWindow-label');
  private readonly track = element('div', 'jp-SpreadlabWindow-track');
  private readonly fill = element('div', 'jp-SpreadlabWindow-fill', {
    title: 'drag to move the whole window'
  });
  private readonly handles = {
    start: handle('start of the window'),
    stop: handle('end of the window')
  };
  private readonly ticks = element('div', 'jp-SpreadlabWindow-ticks', {
    'aria-hidden': 'true'
  });
  private times: Float64Array | null = null;
  private count = 0;
  private drag: { part: Part; x: number; from: Range } | null = null;
  private rest: ReturnType<typeof setTimeout> | null = null;
  private readonly save = throttle(() => {
    this.model.save_changes();
  }, SAVE_INTERVAL);

  constructor(
    private readonly model: AnyModel<WindowTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabWindow');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Window of dates');
    this.track.append(this.fill, this.handles.start, this.handles.stop);
    this.body.append(this.label, this.track, this.ticks);
    root.append(this.notice.node, this.body);
    this.listen();
    applyTheme(root, model.get('theme'));
    this.readBars();
  }

  dispose(): void {
    this.save.cancel();
    if (this.rest !== null) {
      clearTimeout(this.rest);
    }
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private listen(): void {
    const { model, cleanup } = this;
    observe(model, cleanup, ['_bars', 'min_bars'], () => {
      this.readBars();
    });
    observe(model, cleanup, ['window'], () => {
      this.show();
    });
    observe(model, cleanup, ['theme'], () => {
      applyTheme(this.root, model.get('theme'));
    });
    for (const part of ['start', 'stop'] as const) {
      this.draggable(this.handles[part], part);
      cleanup.listen(this.handles[part], 'keydown', event => {
        const step = keyStep(event.key, event.shiftKey, this.count);
        if (step !== undefined && !event.ctrlKey && !event.metaKey) {
          event.preventDefault();
          event.stopPropagation();
          this.step(part, step);
        }
      });
    }
    this.draggable(this.fill, 'both');
    onScopeKey(this.root, cleanup, event => {
      const move = bracket(event.key);
      if (move !== undefined) {
        event.preventDefault();
        this.step(move[0], move[1] * bracketStep(this.count));
      }
    });
    const sizes = new ResizeObserver(() => {
      this.drawTicks();
    });
    sizes.observe(this.track);
    cleanup.add(() => {
      sizes.disconnect();
    });
  }

  private draggable(node: HTMLElement, part: Part): void {
    const { cleanup } = this;
    cleanup.listen(node, 'pointerdown', event => {
      const from = this.model.get('window');
      if (from === null || event.button !== 0) {
        return;
      }
      event.preventDefault();
      node.focus();
      node.setPointerCapture(event.pointerId);
      this.drag = { part, x: event.clientX, from };
      this.model.set('dragging', true);
      this.save.request();
    });
    cleanup.listen(node, 'pointermove', event => {
      const width = this.track.clientWidth;
      if (this.drag === null || width === 0) {
        return;
      }
      const by = Math.round(
        ((event.clientX - this.drag.x) / width) * this.count
      );
      this.move(this.drag.from, this.drag.part, by);
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      cleanup.listen(node, end, () => {
        if (this.drag !== null) {
          this.drag = null;
          this.letGo();
        }
      });
    }
  }

  private step(part: Part, by: number): void {
    const window = this.model.get('window');
    if (window === null) {
      return;
    }
    this.model.set('dragging', true);
    this.move(window, part, by);
    if (this.rest !== null) {
      clearTimeout(this.rest);
    }
    this.rest = setTimeout(() => {
      this.rest = null;
      this.letGo();
    }, KEY_REST);
  }

  private move(from: Range, part: Part, by: number): void {
    const limits = { count: this.count, least: this.model.get('min_bars') };
    const next = moveRange(from, part, by, limits);
    const now = this.model.get('window');
    if (now === null || now[0] !== next[0] || now[1] !== next[1]) {
      this.model.set('window', next);
      this.save.request();
    }
  }

  private letGo(): void {
    this.model.set('dragging', false);
    this.save.request();
  }

  private readBars(): void {
    const bars = this.model.get('_bars');
    this.count = bars?.count ?? 0;
    this.times = bars?.times ? decodeFloat64(bars.times).data : null;
    this.body.hidden = bars === null;
    const advice = shakeHands(this.model);
    if (advice !== null) {
      this.notice.show('error', advice);
    } else if (bars === null) {
      this.notice.show('empty', 'No prices, so no window of dates to move.');
    } else {
      this.notice.hide();
    }
    this.show();
    this.drawTicks();
  }

  private show(): void {
    const window = this.model.get('window');
    if (window === null || this.count === 0) {
      return;
    }
    const [start, stop] = window;
    const least = this.model.get('min_bars');
    const percent = (bar: number): string => `${(100 * bar) / this.count}%`;
    const first = barLabel(this.times, start);
    const last = barLabel(this.times, stop - 1);
    this.label.textContent = `window ${first} to ${last}, ${integer(stop - start)} of ${integer(this.count)} bars`;
    this.fill.style.left = percent(start);
    this.fill.style.width = percent(stop - start);
    const ends = [
      {
        node: this.handles.start,
        bar: start,
        low: 0,
        high: stop - least,
        text: first
      },
      {
        node: this.handles.stop,
        bar: stop,
        low: start + least,
        high: this.count,
        text: last
      }
    ];
    for (const { node, bar, low, high, text } of ends) {
      node.style.left = percent(bar);
      node.setAttribute('aria-valuemin', String(low));
      node.setAttribute('aria-valuemax', String(high));
      node.setAttribute('aria-valuenow', String(bar));
      node.setAttribute('aria-valuetext', text);
    }
  }

  private drawTicks(): void {
    const width = this.track.clientWidth;
    const room = Math.max(Math.floor(width / TICK_ROOM), 1);
    const ticks =
      this.times === null || width === 0 ? [] : yearTicks(this.times, room);
    this.ticks.replaceChildren(
      ...ticks.map(({ bar, label }) => {
        const tick = element('span', 'jp-SpreadlabWindow-tick', {}, label);
        tick.style.left = `${(100 * bar) / this.count}%`;
        return tick;
      })
    );
  }
}

function handle(label: string): HTMLElement {
  return element('div', 'jp-SpreadlabWindow-handle', {
    role: 'slider',
    tabindex: '0',
    'aria-label': label,
    title: `${label}: drag, or arrow keys`
  });
}
