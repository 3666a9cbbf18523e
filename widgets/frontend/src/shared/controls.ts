import { element, uniqueId, write } from './dom';

/** One of a few: radio buttons in a row, with a name for the whole. */
export class Choice<V extends string> {
  readonly node: HTMLFieldSetElement;
  private readonly inputs = new Map<V, HTMLInputElement>();

  constructor(
    label: string,
    options: readonly (readonly [V, string, string])[],
    chosen: (value: V) => void
  ) {
    const group = uniqueId('spreadlab-choice');
    this.node = element('fieldset', 'jp-Spreadlab-choice');
    this.node.append(element('legend', '', {}, label));
    for (const [value, text, title] of options) {
      const input = element('input', '', { type: 'radio', name: group, value });
      // Arrow keys move between the options here, not between the notebook's cells.
      input.setAttribute('data-lm-suppress-shortcuts', 'true');
      input.addEventListener('change', () => {
        chosen(value);
      });
      const option = element('label', 'jp-Spreadlab-option', { title });
      option.append(input, text);
      this.inputs.set(value, input);
      this.node.append(option);
    }
  }

  show(value: V): void {
    for (const [name, input] of this.inputs) {
      input.checked = name === value;
    }
  }
}

/** A button with a sign on it and its meaning in words. */
export function button(
  sign: string,
  words: string,
  pressed: () => void
): HTMLButtonElement {
  const node = element(
    'button',
    'jp-Spreadlab-button',
    { type: 'button', title: words, 'aria-label': words },
    sign
  );
  node.addEventListener('click', pressed);
  return node;
}

/** Numbers under the crosshair: every field keeps its place. */
export class Readout {
  readonly node = element('div', 'jp-Spreadlab-readout', {
    role: 'status',
    'aria-live': 'polite',
    'aria-label': 'At the crosshair'
  });
  private readonly values = new Map<string, HTMLElement>();

  constructor(fields: readonly (readonly [string, string])[]) {
    for (const [name, label] of fields) {
      const field = element('span', 'jp-Spreadlab-field');
      const value = element('span', '', { 'data-field': name }, '–');
      field.append(
        element('span', '', { 'data-label': name }, `${label} `),
        value
      );
      this.values.set(name, value);
      this.node.append(field);
    }
  }

  label(name: string, text: string): void {
    const node = this.node.querySelector(`[data-label="${name}"]`);
    if (node !== null) {
      node.textContent = `${text} `;
    }
  }

  /** Show texts by field; the fields left out show a dash. */
  show(texts: Readonly<Record<string, string>>): void {
    for (const [name, node] of this.values) {
      write(node, texts[name] ?? '–');
    }
  }
}
