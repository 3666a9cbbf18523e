import type { AnyModel } from '@anywidget/types';

import { Cleanup, element } from '../shared/dom';
import { observe } from '../shared/model';
import { Notice } from '../shared/notice';
import { onScopeKey } from '../shared/scope';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import { KEYS, progressWords } from './words';

export interface StatusTraits extends VersionTraits {
  words: string;
  state: 'idle' | 'running' | 'cancelled';
  shows_keys: boolean;
  done: number;
  planned: number;
  rate: number | null;
  time_left: number | null;
  theme: Theme;
  error: string;
}

let views = 0;

export class StatusView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly words = element('div', 'jp-SpreadlabStatus-words', {
    role: 'status'
  });
  private readonly line = element('div', 'jp-SpreadlabStatus-line');
  private readonly bar = element('div', 'jp-SpreadlabStatus-bar', {
    role: 'progressbar',
    'aria-label': 'Pairs tested',
    'aria-valuemin': '0',
    'aria-valuemax': '100'
  });
  private readonly filled = element('div', 'jp-SpreadlabStatus-filled');
  private readonly progress = element('span', 'jp-SpreadlabStatus-progress');
  private readonly cancel = button('Cancel');
  private readonly again = button('Scan again');
  private readonly help = button('?');
  private readonly keys = element('dl', 'jp-SpreadlabStatus-keys', {
    id: `spreadlab-keys-${++views}`
  });

  constructor(
    private readonly model: AnyModel<StatusTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabStatus');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Scan');
    this.bar.append(this.filled);
    this.line.append(this.bar, this.progress, this.cancel);
    this.help.setAttribute('aria-label', 'Keys');
    this.help.setAttribute('aria-controls', this.keys.id);
    for (const [key, meaning] of KEYS) {
      this.keys.append(
        element('dt', '', {}, key),
        element('dd', '', {}, meaning)
      );
    }
    const top = element('div', 'jp-SpreadlabStatus-top');
    top.append(this.words, this.again, this.help);
    root.append(this.notice.node, top, this.keys, this.line);
    this.listen();
    applyTheme(root, model.get('theme'));
    this.showKeys(false);
    this.show();
  }

  dispose(): void {
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private listen(): void {
    const { model, cleanup } = this;
    observe(
      model,
      cleanup,
      [
        'words',
        'state',
        'done',
        'planned',
        'rate',
        'time_left',
        'shows_keys',
        'error'
      ],
      () => {
        this.show();
      }
    );
    observe(model, cleanup, ['theme'], () => {
      applyTheme(this.root, model.get('theme'));
    });
    cleanup.listen(this.cancel, 'click', () => {
      // Said at once: the kernel may be busy with a cell.
      this.cancel.textContent = 'Cancelling …';
      model.send({ ask: 'cancel' });
    });
    cleanup.listen(this.again, 'click', () => {
      model.send({ ask: 'again' });
    });
    cleanup.listen(this.help, 'click', () => {
      this.showKeys(this.keys.hidden);
    });
    onScopeKey(this.root, cleanup, event => {
      if (event.key === '?') {
        event.preventDefault();
        this.showKeys(this.keys.hidden);
      }
    });
  }

  private show(): void {
    const { model } = this;
    const error = model.get('error') || shakeHands(model);
    if (error) {
      this.notice.show('error', error);
    } else {
      this.notice.hide();
    }
    if (this.words.textContent !== model.get('words')) {
      this.words.textContent = model.get('words');
    }
    this.help.hidden = !model.get('shows_keys');
    const state = model.get('state');
    const done = model.get('done');
    const planned = model.get('planned');
    const percent = planned > 0 ? (100 * done) / planned : 0;
    this.root.dataset['state'] = state;
    this.line.hidden = state !== 'running';
    this.again.hidden = state !== 'cancelled';
    if (state !== 'running') {
      this.cancel.textContent = 'Cancel';
    }
    this.filled.style.width = `${percent}%`;
    this.bar.setAttribute('aria-valuenow', percent.toFixed(0));
    this.progress.textContent = progressWords({
      done,
      planned,
      rate: model.get('rate'),
      timeLeft: model.get('time_left')
    });
  }

  private showKeys(visible: boolean): void {
    this.keys.hidden = !visible;
    this.help.setAttribute('aria-expanded', String(visible));
  }
}

function button(label: string): HTMLButtonElement {
  return element('button', 'jp-Spreadlab-button', { type: 'button' }, label);
}
