import type { AnyModel } from '@anywidget/types';

import { Cleanup, element } from '../shared/dom';
import { copy } from '../shared/files';
import { observe } from '../shared/model';
import { Notice } from '../shared/notice';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import { FileBar, type Action } from './bar';
import type { FieldTerms } from './field';
import { Fields, type Values } from './fields';
import { QuestionBox, type Question } from './question';

export interface StrategyTraits extends VersionTraits {
  _fields: readonly FieldTerms[];
  values: Values;
  problems: Readonly<Record<string, string>>;
  symbols: readonly string[];
  files: readonly string[];
  file: string;
  folder: string;
  changed: boolean;
  words: string;
  code: string;
  question: Question | null;
  theme: Theme;
  error: string;
}

/** The fields of a strategy, and the files that keep it. */
export class StrategyView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly form = element('form', 'jp-SpreadlabStrategy-form', {
    'aria-label': 'Strategy',
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly status = element('div', 'jp-SpreadlabStrategy-status', {
    role: 'status',
    'aria-live': 'polite'
  });
  private readonly fields: Fields;
  private readonly bar: FileBar;
  private readonly question: QuestionBox;
  private said = '';

  constructor(
    private readonly model: AnyModel<StrategyTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabStrategy-controls');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Strategy');
    this.bar = new FileBar(this.cleanup, action => {
      this.act(action);
    });
    this.question = new QuestionBox(choice => {
      this.send({ kind: 'answer', choice });
    });
    this.fields = new Fields(model.get('_fields'), () => {
      this.said = '';
      model.set('values', this.fields.read());
      model.save_changes();
    });
    this.form.append(this.fields.node);
    root.append(
      this.bar.node,
      this.bar.as,
      this.question.node,
      this.notice.node,
      this.status,
      this.form
    );
    this.cleanup.listen(this.form, 'submit', event => {
      event.preventDefault();
    });
    this.cleanup.listen(root, 'keydown', event => {
      this.press(event);
    });
    this.follow();
  }

  dispose(): void {
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private follow(): void {
    const { model, cleanup } = this;
    const on = (
      names: readonly (keyof StrategyTraits & string)[],
      show: () => void
    ): void => {
      observe(model, cleanup, names, show);
      show();
    };
    on(['theme'], () => {
      applyTheme(this.root, model.get('theme'));
    });
    on(['values'], () => {
      this.fields.show(model.get('values'));
    });
    on(['symbols'], () => {
      this.fields.suggest(model.get('symbols'));
    });
    on(['problems'], () => {
      this.fields.tell(model.get('problems'));
    });
    on(['question'], () => {
      this.question.show(model.get('question'));
    });
    on(['files', 'file', 'changed', 'code', 'values'], () => {
      this.bar.show(
        model.get('files'),
        model.get('file'),
        model.get('changed'),
        model.get('code') !== '',
        fileName(String(model.get('values')['name'] ?? ''))
      );
    });
    on(['problems', 'file', 'folder', 'changed', 'words'], () => {
      this.showStatus();
    });
    on(['error', '_version'], () => {
      const error = model.get('error') || shakeHands(model);
      if (error) {
        this.notice.show('error', error);
      } else {
        this.notice.hide();
      }
    });
  }

  private act(action: Action): void {
    this.said = '';
    if (action.kind !== 'copy') {
      this.send(action);
      return;
    }
    void copy(this.model.get('code')).then(done => {
      this.said = done
        ? 'Copied.'
        : 'This page may not write to the clipboard.';
      this.showStatus();
      this.send({ kind: 'copied' });
    });
  }

  private send(message: Readonly<Record<string, string>> | Action): void {
    this.model.send(message);
  }

  private press(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key === 's') {
      event.preventDefault();
      event.stopPropagation();
      this.bar.saveNow();
    }
  }

  private showStatus(): void {
    const changed = this.model.get('changed');
    const wrong = Object.keys(this.model.get('problems')).length;
    const words = statusWords(
      this.model.get('file'),
      this.model.get('folder'),
      changed,
      wrong
    );
    const said = this.said || this.model.get('words');
    // What was done says where it was done: the rest would say it twice.
    const all =
      said === '' ? [words] : changed || wrong ? [said, words] : [said];
    const text = all.join(' ');
    this.status.classList.toggle(
      'jp-mod-changed',
      changed || this.model.get('file') === ''
    );
    if (this.status.textContent !== text) {
      this.status.textContent = text;
    }
  }
}

/** Where the strategy is, and whether it is saved. */
export function statusWords(
  file: string,
  folder: string,
  changed: boolean,
  wrong: number
): string {
  if (wrong > 0) {
    return wrong === 1
      ? 'One field needs another value.'
      : `${wrong} fields need another value.`;
  }
  const where = `${folder}/${file}.toml`;
  if (file === '') {
    return 'In no file yet.';
  }
  return changed ? `${where}, with changes not saved.` : `${where}, saved.`;
}

/** A name for the file of a strategy, without signs that files can't have. */
export function fileName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}
