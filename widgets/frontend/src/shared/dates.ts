/** Dates on an axis of bars: weekends and holidays take no room. Times are ms since 1970, UTC. */

export interface Tick {
  /** Bar, which may lie between two. */
  at: number;
  label: string;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONTH = 30.44 * DAY;
const NAMES = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec'
] as const;
/** Months between two ticks, and their length. */
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600] as const;
const HOURS = [1 / 60, 1 / 12, 0.25, 1, 3, 6, 12, 24, 48, 168, 336] as const;

/** First bar at or after a time. */
export function barAt(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Ticks at the beginnings of years, months, days or hours between two bars. */
export function dateTicks(
  times: Float64Array,
  first: number,
  last: number,
  most: number
): Tick[] {
  const low = Math.max(Math.ceil(first), 0);
  const high = Math.min(Math.floor(last), times.length - 1);
  if (high <= low) {
    return [];
  }
  const start = times[low]!;
  const end = times[high]!;
  const gap = (end - start) / Math.max(most, 1);
  const hours = HOURS.find(h => h * HOUR >= gap);
  const bounds =
    hours === undefined
      ? monthBounds(start, end, MONTHS.find(m => m * MONTH >= gap) ?? 1200)
      : hourBounds(start, end, hours * HOUR);
  const found: Tick[] = [];
  let before = -1;
  for (const [time, label] of bounds) {
    const at = barAt(times, time);
    if (at <= high && at !== before) {
      found.push({ at, label });
      before = at;
    }
  }
  return found;
}

function monthBounds(
  start: number,
  end: number,
  step: number
): [number, string][] {
  const found: [number, string][] = [];
  const from = new Date(start);
  const months = from.getUTCFullYear() * 12 + from.getUTCMonth();
  for (let month = Math.ceil(months / step) * step; ; month += step) {
    const year = Math.floor(month / 12);
    const time = Date.UTC(year, month % 12);
    if (time > end) {
      return found;
    }
    if (time >= start) {
      found.push([time, month % 12 === 0 ? String(year) : NAMES[month % 12]!]);
    }
  }
}

function hourBounds(
  start: number,
  end: number,
  step: number
): [number, string][] {
  const found: [number, string][] = [];
  for (let time = Math.ceil(start / step) * step; time <= end; time += step) {
    const date = new Date(time);
    const day = `${date.getUTCDate()} ${NAMES[date.getUTCMonth()]!}`;
    const clock = date.toISOString().slice(11, 16);
    found.push([time, clock === '00:00' ? day : clock]);
  }
  return found;
}

/** A bar's date in full: the day, and the time of day where there is one. */
export function dateText(time: number): string {
  const text = new Date(time).toISOString();
  const clock = text.slice(11, 16);
  return clock === '00:00'
    ? text.slice(0, 10)
    : `${text.slice(0, 10)} ${clock}`;
}
