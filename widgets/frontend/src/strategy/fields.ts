import { element } from '../shared/dom';
import { Field, labelOf, type FieldTerms, type Value } from './field';

export type Values = Readonly<Record<string, Value>>;

const RULE = 'rule.kind';
/** Sections that share a column: none moves to another when one of them grows. */
const COLUMN = 2;

/** All fields by section; of the rules' parameters those of the chosen rule are in sight. */
export class Fields {
  readonly node = element('div', 'jp-SpreadlabStrategy-sections');
  readonly fields: readonly Field[];

  constructor(terms: readonly FieldTerms[], changed: () => void) {
    this.fields = terms.map(
      one =>
        new Field(one, () => {
          this.arrange();
          changed();
        })
    );
    const sections = new Map<string, HTMLElement>();
    for (const field of this.fields) {
      const name = field.terms.section;
      const section = sections.get(name) ?? sectionOf(name);
      sections.set(name, section);
      section.append(field.node);
    }
    const made = [...sections.values()];
    const named = made.filter(node => node.tagName === 'FIELDSET');
    this.node.append(...made.filter(node => !named.includes(node)));
    for (let k = 0; k < named.length; k += COLUMN) {
      const column = element('div', 'jp-SpreadlabStrategy-column');
      column.append(...named.slice(k, k + COLUMN));
      this.node.append(column);
    }
    this.arrange();
  }

  read(): Record<string, Value> {
    return Object.fromEntries(
      this.fields.map(field => [field.terms.key, field.value])
    );
  }

  show(values: Values): void {
    for (const field of this.fields) {
      field.show(values[field.terms.key]);
    }
    this.arrange();
  }

  tell(problems: Readonly<Record<string, string>>): void {
    for (const field of this.fields) {
      field.tell(problems[field.terms.key]);
    }
  }

  suggest(symbols: readonly string[]): void {
    for (const field of this.fields) {
      if (field.terms.kind === 'symbol') {
        field.suggest(symbols);
      }
    }
  }

  private arrange(): void {
    const rule = this.fields.find(({ terms }) => terms.key === RULE)?.value;
    for (const { node, terms } of this.fields) {
      node.hidden = terms.rule !== '' && terms.rule !== rule;
    }
  }
}

function sectionOf(name: string): HTMLElement {
  if (name === '') {
    return element('div', 'jp-SpreadlabStrategy-section jp-mod-name');
  }
  const section = element('fieldset', 'jp-SpreadlabStrategy-section', {
    'data-section': name
  });
  section.append(
    element('legend', 'jp-SpreadlabStrategy-legend', {}, labelOf(name))
  );
  return section;
}
