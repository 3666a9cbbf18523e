import type { AnyModel } from '@anywidget/types';

import { Cleanup, element } from '../shared/dom';
import { copy, download } from '../shared/files';
import { Notice } from '../shared/notice';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import { KEYS } from './keys';

export interface BarTraits extends VersionTraits {
  place: 'top' | 'bottom';
  data: string;
  engine: string;
  busy: string;
  code: string;
  theme: Theme;
  error: string;
}

type Message =
  | { kind: 'file'; name: string; text: string }
  | { kind: 'state'; state: unknown };

const SAID_FOR = 2500;

export class BarView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly bar = element('div', 'jp-SpreadlabWorkbench-bar', {
    role: 'toolbar'
  });
  private readonly data = element('span', 'jp-SpreadlabWorkbench-data');
  private readonly engine = button('');
  private readonly busy = element('span', 'jp-SpreadlabWorkbench-busy', {
    role: 'status',
    'aria-live': 'polite'
  });
  private readonly said = element('span', 'jp-SpreadlabWorkbench-said', {
    role: 'status'
  });
  private readonly keys = element('dl', 'jp-SpreadlabWorkbench-keys', {
    'aria-label': 'Keys'
  });
  private readonly file = element('input', 'jp-SpreadlabWorkbench-file', {
    type: 'file',
    accept: 'application/json',
    tabindex: '-1',
    'aria-label': 'State to restore'
  });
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly model: AnyModel<BarTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabWorkbench-barview');
    const top = model.get('place') === 'top';
    this.bar.setAttribute(
      'aria-label',
      top ? 'Data and engine' : 'Take away, progress and keys'
    );
    if (top) {
      this.makeTop();
    } else {
      this.makeBottom();
      this.onceInPlace(() => {
        this.showBusy();
      });
    }
    root.append(this.notice.node, this.bar);
    if (!top) {
      root.append(this.keys);
    }
    for (const name of ['data', 'engine', 'busy', 'error'] as const) {
      this.on(`change:${name}`, () => {
        this.show();
      });
    }
    this.on('change:theme', () => {
      applyTheme(root, model.get('theme'));
    });
    const hear = (message: Message): void => {
      this.hear(message);
    };
    model.on('msg:custom', hear);
    this.cleanup.add(() => {
      model.off('msg:custom', hear);
    });
    applyTheme(root, model.get('theme'));
    this.show();
  }

  dispose(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private makeTop(): void {
    const refresh = button('⟳', 'Compute everything again');
    this.engine.title = 'Choose where requests run';
    this.engine.setAttribute('aria-label', 'Engine');
    this.bar.append(this.data, this.engine, refresh);
    this.press(this.engine, () => {
      this.send('engine');
    });
    this.press(refresh, () => {
      this.send('refresh');
    });
    this.onceInPlace(around => {
      this.listenAround(around);
    });
  }

  private makeBottom(): void {
    const code = button('Copy as code');
    const page = button('Export HTML');
    const save = button('Save state');
    const restore = button('Restore state');
    const policy = button('Trade the policy', 'Leave the cell of the sweep');
    const keys = button('?', 'Show the keys');
    keys.setAttribute('aria-expanded', 'false');
    this.keys.hidden = true;
    for (const [name, words] of KEYS) {
      this.keys.append(
        element('dt', '', {}, name),
        element('dd', '', {}, words)
      );
    }
    this.press(code, () => {
      void copy(this.model.get('code')).then(done => {
        this.say(
          done ? 'Copied.' : 'This page may not write to the clipboard.'
        );
        this.send('copied');
      });
    });
    this.press(page, () => {
      this.say('Making the page …');
      this.send('export');
    });
    this.press(save, () => {
      this.send('state');
    });
    this.press(restore, () => {
      this.file.click();
    });
    this.press(policy, () => {
      this.send('policy');
    });
    this.press(keys, () => {
      this.keys.hidden = !this.keys.hidden;
      keys.setAttribute('aria-expanded', String(!this.keys.hidden));
    });
    keys.classList.add('jp-SpreadlabWorkbench-help');
    policy.classList.add('jp-SpreadlabWorkbench-policy-button');
    this.cleanup.listen(this.file, 'change', () => {
      void this.restore();
    });
    this.bar.append(
      code,
      page,
      save,
      restore,
      this.file,
      policy,
      keys,
      this.said,
      this.busy
    );
  }

  /** Keys count anywhere in the workbench, but for those that a view or a field has used. */
  private listenAround(around: HTMLElement): void {
    around.setAttribute('role', 'region');
    around.setAttribute('aria-label', 'Workbench');
    const listener = (event: KeyboardEvent): void => {
      this.pressKey(around, event);
    };
    around.addEventListener('keydown', listener);
    this.cleanup.add(() => {
      around.removeEventListener('keydown', listener);
    });
  }

  private get around(): HTMLElement | null {
    return this.root.closest<HTMLElement>('.jp-SpreadlabWorkbench');
  }

  /** Call back once the bar is in the workbench, which is after it was made. */
  private onceInPlace(found: (around: HTMLElement) => void): void {
    const handle = requestAnimationFrame(() => {
      const { around } = this;
      if (around !== null) {
        found(around);
      }
    });
    this.cleanup.add(() => {
      cancelAnimationFrame(handle);
    });
  }

  private pressKey(around: HTMLElement, event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const typing =
      target instanceof HTMLInputElement &&
      ['text', 'search', 'password', 'number'].includes(target.type);
    if (
      typing ||
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    ) {
      return;
    }
    const click = (name: string): void => {
      around
        .querySelector<HTMLElement>(`.jp-SpreadlabWorkbench-${name}`)
        ?.click();
    };
    if (event.key === '?') {
      click('help');
    } else if (event.key === 'p') {
      click('policy-button');
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private async restore(): Promise<void> {
    const file = this.file.files?.[0];
    this.file.value = '';
    if (file === undefined) {
      return;
    }
    try {
      const state: unknown = JSON.parse(await file.text());
      this.model.send({ kind: 'restore', state });
    } catch {
      this.notice.show('error', `${file.name} is not a saved state (JSON).`);
    }
  }

  private hear(message: Message): void {
    if (message.kind === 'file') {
      download(message.name, message.text, 'text/html');
      this.say('Exported.');
    } else {
      download(
        'workbench.json',
        JSON.stringify(message.state, null, 1),
        'application/json'
      );
      this.say('Saved.');
    }
  }

  private show(): void {
    this.data.textContent = this.model.get('data');
    this.engine.textContent = `engine: ${this.model.get('engine')}`;
    this.showBusy();
    const error = this.model.get('error') || shakeHands(this.model);
    if (error) {
      this.notice.show('error', error);
    } else {
      this.notice.hide();
    }
  }

  /** The bar below says what is done: the one above has nothing to say of it. */
  private showBusy(): void {
    const busy = this.model.get('busy');
    this.busy.textContent = busy;
    if (this.model.get('place') === 'bottom') {
      this.around?.setAttribute('aria-busy', String(busy !== ''));
    }
  }

  private say(words: string): void {
    this.said.textContent = words;
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    this.timer = setTimeout(() => {
      this.said.textContent = '';
    }, SAID_FOR);
  }

  private press(target: HTMLElement, act: () => void): void {
    this.cleanup.listen(target, 'click', act);
  }

  private send(kind: string): void {
    this.model.send({ kind });
  }

  private on(
    event: `change:${keyof BarTraits & string}`,
    handler: () => void
  ): void {
    this.model.on(event, handler);
    this.cleanup.add(() => {
      this.model.off(event, handler);
    });
  }
}

function button(text: string, title = ''): HTMLButtonElement {
  const node = element(
    'button',
    'jp-Spreadlab-button',
    { type: 'button' },
    text
  );
  if (title) {
    node.title = title;
    node.setAttribute('aria-label', title);
  }
  return node;
}
