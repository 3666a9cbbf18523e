import { element } from '../shared/dom';
import type { Readout } from './words';

/** Colour is never alone: each comes with its word. */
export function legend(): HTMLElement {
  const node = element('div', 'jp-SpreadlabHeatmap-legend');
  for (const [kind, text] of [
    ['long', 'be long'],
    ['flat', 'be flat'],
    ['short', 'be short'],
    ['mean', 'mean of the spread']
  ] as const) {
    const item = element('span', 'jp-SpreadlabHeatmap-key', {}, text);
    item.prepend(
      element('i', 'jp-SpreadlabHeatmap-swatch', {
        'data-kind': kind,
        'aria-hidden': 'true'
      })
    );
    node.append(item);
  }
  return node;
}

const FIELDS: readonly [keyof Readout, string][] = [
  ['spread', 'spread x'],
  ['time', 'time to go'],
  ['position', 'holding'],
  ['action', 'action'],
  ['value', 'value (spread units)']
];

/** The numbers under the crosshair; every field keeps its place, so nothing jumps. */
export class ReadoutView {
  readonly node = element('div', 'jp-SpreadlabHeatmap-readout', {
    role: 'status',
    'aria-live': 'polite',
    'aria-label': 'At the crosshair'
  });
  private readonly fields = new Map<keyof Readout, HTMLElement>();

  constructor() {
    for (const [name, label] of FIELDS) {
      const field = element('span', 'jp-SpreadlabHeatmap-number', {
        'data-field': name
      });
      const group = element('div', 'jp-SpreadlabHeatmap-field');
      group.append(
        element('span', 'jp-SpreadlabHeatmap-label', {}, label),
        field
      );
      this.node.append(group);
      this.fields.set(name, field);
    }
  }

  show(values: Readout | null): void {
    for (const [name, field] of this.fields) {
      field.textContent = values === null ? '–' : values[name];
    }
  }
}
