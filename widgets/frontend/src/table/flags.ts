/** What is odd about a pair, as small pictures with words. */

export type FlagKind = 'stationary' | 'stale' | 'failed';

export interface Flag {
  kind: FlagKind;
  /** For the cell. */
  text: string;
  /** For the tooltip and for screen readers. */
  title: string;
}

/** Bits of a symbol's oddities, as `pair_rows.py` sends them. */
const STATIONARY = 1;
const STALE = 2;

const SHAPES: Readonly<Record<FlagKind, string>> = {
  // a line that stays between two others, a clock that stands still, a sign that bars the way
  stationary: 'M1 3h14M1 13h14M1 8c2-4 3-4 5 0s3 4 5 0 3-3 4-1',
  stale: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 4.5v4l2.5 2',
  failed: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM3.5 12.5l9-9'
};

/**
 * The flags of one pair.
 *
 * @param odd - bits of the dependent and of the hedge
 * @param reason - why there is no answer, or ""
 */
export function flagsOf(
  dependent: string,
  hedge: string,
  odd: readonly [number, number],
  reason: string
): Flag[] {
  const flags: Flag[] = [];
  const legs = (bit: number): string =>
    [dependent, hedge].filter((_, k) => (odd[k]! & bit) !== 0).join(', ');
  const stationary = legs(STATIONARY);
  if (stationary) {
    flags.push({
      kind: 'stationary',
      text: `stationary ${stationary}`,
      title: `${stationary} may be stationary on its own: of such a leg cointegration says nothing`
    });
  }
  const stale = legs(STALE);
  if (stale) {
    flags.push({
      kind: 'stale',
      text: `stale ${stale}`,
      title: `more than a fifth of the returns of ${stale} are zero: prices that were hardly made`
    });
  }
  if (reason) {
    flags.push({ kind: 'failed', text: reason, title: `no answer: ${reason}` });
  }
  return flags;
}

export function flagIcon(kind: FlagKind): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('class', 'jp-SpreadlabTable-icon');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.dataset['kind'] = kind;
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', SHAPES[kind]);
  svg.append(path);
  return svg;
}
