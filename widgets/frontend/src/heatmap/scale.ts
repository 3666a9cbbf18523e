/**
 * Viridis by five of its colours: rises in lightness all the way, so that it reads in grey and by
 * every common kind of colour vision.
 */
const ANCHORS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37]
] as const;

export type Rgb = [number, number, number];

/** The colour of a share in [0, 1]; shares outside take the ends. */
export function colourOf(share: number): Rgb {
  const at = Math.min(Math.max(share, 0), 1) * (ANCHORS.length - 1);
  const low = Math.min(Math.floor(at), ANCHORS.length - 2);
  const part = at - low;
  return [0, 1, 2].map(k =>
    Math.round(ANCHORS[low]![k]! * (1 - part) + ANCHORS[low + 1]![k]! * part)
  ) as Rgb;
}

/** Smallest and largest finite value; [0, 1] if there is none. */
export function finiteRange(values: Float64Array): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** The share of a value between two ends; the middle where they are equal. */
export function shareOf(value: number, low: number, high: number): number {
  return high > low ? (value - low) / (high - low) : 0.5;
}

/** A picture of pixels, each with the colour that `pick` gives (null leaves it empty). */
export function paint(
  width: number,
  height: number,
  pick: (x: number, y: number) => Rgb | null
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(Math.round(width), 1);
  canvas.height = Math.max(Math.round(height), 1);
  const context = canvas.getContext('2d');
  if (context === null) {
    throw new Error('this browser gives no 2d canvas; the heatmap needs one');
  }
  const image = context.createImageData(canvas.width, canvas.height);
  let at = 0;
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++, at += 4) {
      const colour = pick(x, y);
      if (colour !== null) {
        image.data.set(colour, at);
        image.data[at + 3] = 255;
      }
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
