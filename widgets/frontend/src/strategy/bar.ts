import { element, type Cleanup } from '../shared/dom';

export type Action =
  | { kind: 'files' | 'new' | 'save' | 'delete' | 'copy' | 'refresh' }
  | { kind: 'open' | 'save_as'; name: string };

/** The files: open, new, save, save as, delete; and the code. */
export class FileBar {
  readonly node = element('div', 'jp-SpreadlabStrategy-bar', {
    role: 'toolbar',
    'aria-label': 'Files'
  });
  readonly as = element('form', 'jp-SpreadlabStrategy-as', {
    'aria-label': 'Save as'
  });
  private readonly files = element('select', 'jp-Spreadlab-select', {
    'aria-label': 'Saved strategies'
  });
  private readonly name = element('input', 'jp-Spreadlab-input', {
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Name of the file'
  });
  private readonly save = button('Save', 'Ctrl+S');
  private readonly delete = button('Delete');
  private readonly code = button('Copy as code');
  private file = '';

  constructor(
    cleanup: Cleanup,
    private readonly act: (action: Action) => void
  ) {
    const fresh = button('New');
    const other = button('Save as …');
    const again = button('⟳', 'Compute the preview again');
    const cancel = button('Cancel');
    const go = element(
      'button',
      'jp-Spreadlab-button',
      { type: 'submit' },
      'Save'
    );
    const press = (node: HTMLElement, action: () => void): void => {
      cleanup.listen(node, 'click', action);
    };
    press(fresh, () => {
      act({ kind: 'new' });
    });
    press(this.save, () => {
      this.saveNow();
    });
    press(other, () => {
      this.askName();
    });
    press(this.delete, () => {
      act({ kind: 'delete' });
    });
    press(this.code, () => {
      act({ kind: 'copy' });
    });
    press(again, () => {
      act({ kind: 'refresh' });
    });
    press(cancel, () => {
      this.closeName();
    });
    cleanup.listen(this.files, 'focus', () => {
      act({ kind: 'files' });
    });
    cleanup.listen(this.files, 'change', () => {
      const name = this.files.value;
      // What is open is said by the kernel, which may have to ask first.
      this.files.value = this.file;
      if (name !== '') {
        act({ kind: 'open', name });
      }
    });
    const saveAs = (): void => {
      act({ kind: 'save_as', name: this.name.value });
      this.closeName();
    };
    cleanup.listen(this.as, 'submit', event => {
      event.preventDefault();
      saveAs();
    });
    cleanup.listen(this.as, 'keydown', event => {
      if (event.key === 'Escape') {
        this.closeName();
      } else if (event.key === 'Enter' && event.target === this.name) {
        // A notebook keeps the key from the form.
        event.preventDefault();
        saveAs();
      }
    });
    const label = element('label', 'jp-Spreadlab-field', {}, 'save as');
    label.append(this.name, '.toml');
    this.as.hidden = true;
    this.as.append(label, go, cancel);
    this.node.append(
      this.files,
      fresh,
      this.save,
      other,
      this.delete,
      this.code,
      again
    );
  }

  /** Save into the open file; without one, ask for a name. */
  saveNow(): void {
    if (this.file === '') {
      this.askName();
    } else {
      this.act({ kind: 'save' });
    }
  }

  show(
    files: readonly string[],
    file: string,
    changed: boolean,
    hasCode: boolean,
    suggested: string
  ): void {
    this.file = file;
    const names =
      files.includes(file) || file === '' ? files : [file, ...files];
    const none = files.length === 0 ? 'no saved strategies' : 'open …';
    const options = [['', none], ...names.map(name => [name, name])];
    const now = [...this.files.options].map(option => option.value).join('\n');
    if (
      now !== options.map(([value]) => value).join('\n') ||
      this.files.options[0]?.textContent !== none
    ) {
      this.files.replaceChildren(
        ...options.map(([value, text]) =>
          element('option', '', { value: value! }, text)
        )
      );
    }
    this.files.value = file;
    this.save.disabled = file !== '' && !changed;
    this.delete.disabled = file === '';
    this.code.disabled = !hasCode;
    if (this.as.hidden) {
      this.name.value = file || suggested;
    }
  }

  private askName(): void {
    this.as.hidden = false;
    this.name.focus();
    this.name.select();
  }

  private closeName(): void {
    const had = this.as.contains(document.activeElement);
    this.as.hidden = true;
    if (had) {
      this.files.focus();
    }
  }
}

function button(text: string, title = ''): HTMLButtonElement {
  return element(
    'button',
    'jp-Spreadlab-button',
    {
      type: 'button',
      ...(title === '' ? {} : { title }),
      // A sign alone is no name.
      ...(text.length === 1 ? { 'aria-label': title } : {})
    },
    text
  );
}
