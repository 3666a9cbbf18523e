import { element, write } from '../shared/dom';

/** A colour with its word; a scale has its two ends. */
export type LegendItem =
  | { kind: 'long' | 'flat' | 'short' | 'mean' | 'here'; text: string }
  | { kind: 'scale'; text: string; low: string; high: string };

/** Colour is never alone: each comes with its word. */
export function legend(items: readonly LegendItem[]): HTMLElement[] {
  return items.map(item => {
    const node = element('span', 'jp-SpreadlabHeatmap-key', {}, item.text);
    const swatch = element('i', 'jp-SpreadlabHeatmap-swatch', {
      'data-kind': item.kind,
      'aria-hidden': 'true'
    });
    if (item.kind === 'scale') {
      node.append(item.low, swatch, item.high);
    } else {
      node.prepend(swatch);
    }
    return node;
  });
}

export const ACTIONS: readonly LegendItem[] = [
  { kind: 'long', text: 'be long' },
  { kind: 'flat', text: 'be flat' },
  { kind: 'short', text: 'be short' }
];
export const MEAN: LegendItem = { kind: 'mean', text: 'mean of the spread' };

/** The numbers under the crosshair; every field keeps its place, so nothing jumps. */
export class ReadoutView {
  readonly node = element('div', 'jp-SpreadlabHeatmap-readout', {
    role: 'status',
    'aria-live': 'polite',
    'aria-label': 'At the crosshair'
  });
  private readonly values = new Map<string, HTMLElement>();

  arrange(fields: readonly (readonly [string, string])[]): void {
    const names = fields.map(([name]) => name);
    if (names.join() === [...this.values.keys()].join()) {
      return;
    }
    this.node.replaceChildren();
    this.values.clear();
    for (const [name, label] of fields) {
      const value = element('span', 'jp-SpreadlabHeatmap-number', {
        'data-field': name
      });
      const group = element('div', 'jp-SpreadlabHeatmap-field');
      group.append(
        element('span', 'jp-SpreadlabHeatmap-label', {}, label),
        value
      );
      this.node.append(group);
      this.values.set(name, value);
    }
  }

  show(values: Readonly<Record<string, string>> | null): void {
    for (const [name, node] of this.values) {
      write(node, values?.[name] ?? '–');
    }
  }
}
