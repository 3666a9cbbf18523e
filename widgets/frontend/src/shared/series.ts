/** Long series in few pixels. No drawing, no DOM. */

export interface Extent {
  low: number;
  high: number;
}

/** Smallest and largest finite value of bars [first, end), or null without any. */
export function extent(
  values: Float64Array,
  first: number,
  end: number
): Extent | null {
  let low = Infinity;
  let high = -Infinity;
  for (let k = Math.max(first, 0); k < Math.min(end, values.length); k++) {
    const value = values[k]!;
    // NaN compares false either way.
    if (value < low) {
      low = value;
    }
    if (value > high) {
      high = value;
    }
  }
  return low <= high ? { low, high } : null;
}

/** An extent that holds all that are given, with room around; a single value gets a range too. */
export function padded(
  extents: readonly (Extent | null)[],
  room = 0.05
): Extent {
  const known = extents.filter(e => e !== null);
  if (known.length === 0) {
    return { low: 0, high: 1 };
  }
  const low = Math.min(...known.map(e => e.low));
  const high = Math.max(...known.map(e => e.high));
  const span = high > low ? high - low : Math.abs(low) || 1;
  return { low: low - room * span, high: high + room * span };
}

/**
 * Bars that draw the line of [first, end) as it looks at one column a pixel: all of them where they
 * are few, else the lowest and the highest of every column in the order they come, so that no peak
 * is lost. A gap (NaN) stays a gap: its bar is kept.
 */
export function decimate(
  values: Float64Array,
  first: number,
  end: number,
  columns: number
): number[] {
  const low = Math.max(first, 0);
  const high = Math.min(end, values.length);
  const count = high - low;
  if (count <= 2 * columns) {
    return Array.from({ length: Math.max(count, 0) }, (_, k) => low + k);
  }
  const kept: number[] = [];
  for (let column = 0; column < columns; column++) {
    const from = low + Math.floor((column * count) / columns);
    const to = low + Math.floor(((column + 1) * count) / columns);
    let least = -1;
    let most = -1;
    let gap = -1;
    for (let k = from; k < to; k++) {
      const value = values[k]!;
      if (Number.isNaN(value)) {
        gap = k;
        continue;
      }
      if (least === -1 || value < values[least]!) {
        least = k;
      }
      if (most === -1 || value > values[most]!) {
        most = k;
      }
    }
    const here = [...new Set([least, most, gap])].filter(k => k !== -1);
    kept.push(...here.sort((a, b) => a - b));
  }
  return kept;
}

/** Runs of equal values: [first, end) and the value. */
export function runsOf(
  values: Int8Array,
  first: number,
  end: number
): { value: number; first: number; end: number }[] {
  const found: { value: number; first: number; end: number }[] = [];
  for (let k = Math.max(first, 0); k < Math.min(end, values.length); k++) {
    const value = values[k]!;
    const open = found[found.length - 1];
    if (open?.value === value) {
      open.end = k + 1;
    } else {
      found.push({ value, first: k, end: k + 1 });
    }
  }
  return found;
}
