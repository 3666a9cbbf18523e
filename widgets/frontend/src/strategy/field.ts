import { element, uniqueId } from '../shared/dom';

export type Value = string | boolean;

/** What the kernel says of a field: it is read off the strategy itself. */
export interface FieldTerms {
  key: string;
  section: string;
  name: string;
  kind:
    | 'text'
    | 'symbol'
    | 'date'
    | 'number'
    | 'integer'
    | 'flag'
    | 'choice'
    | 'lines';
  choices: readonly string[];
  integer: boolean;
  default: string;
  required: boolean;
  rule: string;
  help: string;
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** "cost_bps" is "cost (bps)" to a reader. */
export function labelOf(name: string): string {
  return name.replace(/_bps$/, ' (bps)').replaceAll('_', ' ');
}

/** One field with its label, what it means, and what is wrong with it. */
export class Field {
  readonly node = element('div', 'jp-SpreadlabStrategy-field');
  readonly control: Control;
  private readonly problem: HTMLElement;
  private readonly choices: HTMLDataListElement | null;
  private readonly id = uniqueId('spreadlab-strategy');

  constructor(
    readonly terms: FieldTerms,
    changed: () => void
  ) {
    const label = element(
      'label',
      'jp-SpreadlabStrategy-label',
      { for: this.id, title: terms.help },
      labelOf(terms.name)
    );
    this.control = controlOf(terms);
    this.control.id = this.id;
    this.control.title = terms.help;
    this.control.setAttribute('data-key', terms.key);
    if (terms.required) {
      this.control.setAttribute('aria-required', 'true');
    }
    this.problem = element('div', 'jp-SpreadlabStrategy-problem', {
      id: `${this.id}-problem`
    });
    this.problem.hidden = true;
    const help = element(
      'span',
      'jp-SpreadlabStrategy-help',
      { id: `${this.id}-help` },
      terms.help
    );
    this.control.setAttribute(
      'aria-describedby',
      `${this.id}-problem ${this.id}-help`
    );
    this.choices = this.suggestions();
    this.node.append(label, this.control, help, this.problem);
    if (this.choices !== null) {
      this.node.append(this.choices);
      this.suggest(terms.choices);
    }
    // A select and a checkbox tell of a change by either event; one is enough.
    const event =
      terms.kind === 'choice' || terms.kind === 'flag' ? 'change' : 'input';
    this.control.addEventListener(event, changed);
  }

  get value(): Value {
    return this.control instanceof HTMLInputElement &&
      this.control.type === 'checkbox'
      ? this.control.checked
      : this.control.value;
  }

  /** Show a value; a text that reads the same stays, with the caret in it. */
  show(value: Value | undefined): void {
    if (typeof this.value === 'boolean') {
      (this.control as HTMLInputElement).checked = value === true;
    } else if (this.control.value !== String(value ?? '')) {
      this.control.value = String(value ?? '');
    }
  }

  tell(problem: string | undefined): void {
    this.problem.hidden = problem === undefined;
    this.problem.textContent = problem ?? '';
    this.node.classList.toggle('jp-mod-wrong', problem !== undefined);
    if (problem === undefined) {
      this.control.removeAttribute('aria-invalid');
    } else {
      this.control.setAttribute('aria-invalid', 'true');
    }
  }

  /** Offer words that are likely; others can be written as well. */
  suggest(words: readonly string[]): void {
    this.choices?.replaceChildren(
      ...words.map(value => element('option', '', { value }))
    );
  }

  private suggestions(): HTMLDataListElement | null {
    const { kind, integer } = this.terms;
    const offers =
      kind === 'symbol' || kind === 'text' || (kind === 'choice' && integer);
    if (!offers || this.terms.key === 'name') {
      return null;
    }
    const list = element('datalist', '', { id: `${this.id}-choices` });
    this.control.setAttribute('list', list.id);
    return list;
  }
}

function controlOf(terms: FieldTerms): Control {
  const { kind, choices, integer } = terms;
  if (kind === 'lines') {
    return element('textarea', 'jp-Spreadlab-input', {
      rows: '3',
      spellcheck: 'false',
      placeholder: 'not given'
    });
  }
  if (kind === 'choice' && !integer) {
    const select = element('select', 'jp-Spreadlab-select');
    if (terms.rule !== '') {
      // A rule's parameter that is not given stays out of the file.
      const words = `${labelOf(terms.default)} (default)`;
      select.append(element('option', '', { value: '' }, words));
    }
    for (const choice of choices) {
      select.append(element('option', '', { value: choice }, labelOf(choice)));
    }
    return select;
  }
  if (kind === 'flag') {
    return element('input', 'jp-Spreadlab-input', { type: 'checkbox' });
  }
  const given = terms.default || (terms.required ? '' : 'not given');
  return element('input', 'jp-Spreadlab-input', {
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: kind === 'date' ? 'e.g. 2020-01-01' : given,
    ...(kind === 'number' ? { inputmode: 'decimal' } : {}),
    ...(kind === 'integer' ? { inputmode: 'numeric' } : {})
  });
}
