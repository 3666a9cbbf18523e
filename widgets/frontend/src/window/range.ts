/** A window of bars, [start, stop), and how a reader moves it. */

export type Range = [start: number, stop: number];
export type Part = 'start' | 'stop' | 'both';

export interface Limits {
  count: number;
  least: number;
}

/** Move one end, or both, by some bars; the ends keep their distance from each other. */
export function moveRange(
  [start, stop]: Range,
  part: Part,
  by: number,
  { count, least }: Limits
): Range {
  switch (part) {
    case 'start':
      return [clamp(start + by, 0, stop - least), stop];
    case 'stop':
      return [start, clamp(stop + by, start + least, count)];
    case 'both': {
      const step = clamp(by, -start, count - stop);
      return [start + step, stop + step];
    }
  }
}

const MONTH = 21;

/** How far a key moves a handle, in bars; undefined if the key has no meaning here. */
export function keyStep(
  key: string,
  shift: boolean,
  count: number
): number | undefined {
  const step = shift ? 10 : 1;
  return {
    ArrowLeft: -step,
    ArrowDown: -step,
    ArrowRight: step,
    ArrowUp: step,
    PageDown: -MONTH,
    PageUp: MONTH,
    Home: -count,
    End: count
  }[key];
}

/** What the bracket keys do: the end they move, and the direction. */
export function bracket(key: string): [Part, -1 | 1] | undefined {
  const moves: Readonly<Record<string, [Part, -1 | 1]>> = {
    '[': ['stop', -1],
    ']': ['stop', 1],
    '{': ['start', -1],
    '}': ['start', 1]
  };
  return moves[key];
}

/** A step that can be seen: a hundredth of all bars. */
export function bracketStep(count: number): number {
  return Math.max(Math.round(count / 100), 1);
}

/** Places of labels on the axis: the first bar of each year, or every so many. */
export function yearTicks(
  times: Float64Array,
  most: number
): { bar: number; label: string }[] {
  const ticks: { bar: number; label: string }[] = [];
  let last = -1;
  times.forEach((time, bar) => {
    const year = new Date(time).getUTCFullYear();
    if (year !== last && bar > 0) {
      ticks.push({ bar, label: String(year) });
    }
    last = year;
  });
  const every = Math.ceil(ticks.length / most);
  return every > 1 ? ticks.filter((_, k) => k % every === 0) : ticks;
}

/** The date of a bar, with the time of day where there is one; its number without dates. */
export function barLabel(times: Float64Array | null, bar: number): string {
  const time = times?.[bar];
  if (time === undefined) {
    return `bar ${bar}`;
  }
  const text = new Date(time).toISOString();
  return text.slice(11, 16) === '00:00'
    ? text.slice(0, 10)
    : `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
