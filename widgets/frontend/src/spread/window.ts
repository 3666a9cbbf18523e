/** The in-sample window: [first, end) in bars, moved by hand and by key. No drawing, no DOM. */

export type Window = [number, number];

export type Grip = 'first' | 'end' | 'new';

/** What a drag that begins at a pixel takes hold of: an edge if one is near, else nothing yet. */
export function gripAt(
  pixel: number,
  firstPixel: number,
  endPixel: number,
  reach: number
): Grip {
  const toFirst = Math.abs(pixel - firstPixel);
  const toEnd = Math.abs(pixel - endPixel);
  if (Math.min(toFirst, toEnd) > reach) {
    return 'new';
  }
  return toFirst < toEnd ? 'first' : 'end';
}

/** The window with one edge moved to a bar; the other one gives way only at the ends. */
export function moveEdge(
  window: Window,
  edge: 'first' | 'end',
  bar: number,
  count: number,
  shortest: number
): Window {
  return edge === 'first'
    ? [Math.max(Math.min(bar, window[1] - shortest), 0), window[1]]
    : [window[0], Math.min(Math.max(bar, window[0] + shortest), count)];
}

/** The window between two bars, in any order, both included and at least `shortest` long. */
export function windowBetween(
  from: number,
  to: number,
  count: number,
  shortest: number
): Window {
  const low = Math.max(Math.min(from, to), 0);
  const high = Math.min(Math.max(from, to) + 1, count);
  if (high - low >= shortest) {
    return [low, high];
  }
  // It grows away from where the drag began.
  const first =
    to >= from ? Math.min(low, count - shortest) : Math.max(high - shortest, 0);
  return [first, first + shortest];
}

/** What a key does to the window; undefined if it has no meaning here. */
export function windowKey(
  window: Window,
  key: string,
  step: number,
  count: number,
  shortest: number
): Window | undefined {
  switch (key) {
    case '[':
      return moveEdge(window, 'end', window[1] - step, count, shortest);
    case ']':
      return moveEdge(window, 'end', window[1] + step, count, shortest);
    case '{':
      return moveEdge(window, 'first', window[0] - step, count, shortest);
    case '}':
      return moveEdge(window, 'first', window[0] + step, count, shortest);
    default:
      return undefined;
  }
}
