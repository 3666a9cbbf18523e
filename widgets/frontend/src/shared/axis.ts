/** Straight axes with round ticks, and labels that do not overlap. No drawing, no DOM. */

export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A straight axis: values to pixels and back. */
export class Axis {
  constructor(
    readonly low: number,
    readonly high: number,
    readonly start: number,
    readonly length: number
  ) {}

  toPixel(value: number): number {
    return (
      this.start + ((value - this.low) / (this.high - this.low)) * this.length
    );
  }

  toValue(pixel: number): number {
    return (
      this.low + ((pixel - this.start) / this.length) * (this.high - this.low)
    );
  }
}

/** Round tick values inside a range: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, most: number): number[] {
  const raw = (high - low) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10]
    .map(m => m * power)
    .find(s => s >= raw * 0.999999)!;
  const values: number[] = [];
  for (
    let k = Math.ceil(low / step - 1e-9);
    k * step <= high + 1e-9 * step;
    k++
  ) {
    // k * step, not a running sum: ticks stay exact multiples. Adding 0 turns -0 into 0.
    values.push(k * step + 0);
  }
  return values;
}

/**
 * Left ends of labels that belong to ascending anchors: centred on the anchor, moved inside the
 * given bounds, and pushed apart from their neighbours where they would touch.
 *
 * @returns the left ends, or null where the labels do not fit side by side at all
 */
export function spreadLabels(
  anchors: readonly number[],
  widths: readonly number[],
  low: number,
  high: number,
  gap: number
): number[] | null {
  const total = widths.reduce((sum, width) => sum + width + gap, -gap);
  if (total > high - low) {
    return null;
  }
  const lefts = anchors.map((anchor, k) => anchor - widths[k]! / 2);
  // Half of each overlap goes to either side; a few rounds settle any short row of labels.
  for (let round = 0; round < 50; round++) {
    for (let k = 1; k < lefts.length; k++) {
      const overlap = lefts[k - 1]! + widths[k - 1]! + gap - lefts[k]!;
      if (overlap > 0) {
        lefts[k - 1]! -= overlap / 2;
        lefts[k]! += overlap / 2;
      }
    }
    for (let k = 0; k < lefts.length; k++) {
      lefts[k] = Math.min(Math.max(lefts[k]!, low), high - widths[k]!);
    }
  }
  return lefts;
}
