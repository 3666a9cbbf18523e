import { element } from '../shared/dom';
import type { Legs, Levels } from './data';

/** What each line and mark is; colour is never alone: dashes, shapes and words say it too. */
export function legend(
  legs: Legs | null,
  levels: Levels | null,
  traded: boolean,
  hedge: string
): HTMLElement[] {
  if (legs === null) {
    return [];
  }
  const keys = [
    key('dependent', legs.symbols[0]),
    key('hedge', `${legs.symbols[1]} (hedge)`)
  ];
  for (const kind of ['mean', 'band']) {
    const line = levels?.lines.find(level => level.kind === kind);
    if (line !== undefined) {
      keys.push(key(kind, line.title));
    }
  }
  if (levels?.lines.some(line => line.kind.startsWith('enter')) ?? false) {
    keys.push(key('long', 'long: enter, exit dashed'));
    keys.push(key('short', 'short: enter, exit dashed'));
  }
  if (traded) {
    keys.push(
      element('span', 'jp-Spreadlab-key', {}, '▲ long  ▼ short  × exit')
    );
  }
  if (levels?.hidden) {
    keys.push(
      element(
        'span',
        'jp-Spreadlab-key',
        { 'data-hidden-levels': levels.hidden },
        `Fit and thresholds are of the ${levels.hidden} hedge ratio, not of the ${hedge} one.`
      )
    );
  }
  return keys;
}

function key(kind: string, text: string): HTMLElement {
  const node = element('span', 'jp-Spreadlab-key', {}, text);
  node.prepend(
    element('i', 'jp-Spreadlab-swatch', {
      'data-kind': kind,
      'aria-hidden': 'true'
    })
  );
  return node;
}
