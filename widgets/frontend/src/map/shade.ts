import type { MapData } from './data';

/** Colours by −log10 p: from 1 (pale on a light page, dark on a dark one) to .0001 and less. */
export const DECADES = 4;
const LIGHT = ['#eef0f3', '#c3d9ee', '#6fa8d6', '#1f66ab', '#062a5c'];
const DARK = ['#20242a', '#1d4468', '#2f7cb5', '#85c1ea', '#f2f9ff'];

/** The colours from p = 1 to p = .0001, for a legend. */
export function stops(dark: boolean): readonly string[] {
  return dark ? DARK : LIGHT;
}

/** The colour of a p-value: red, green, blue. */
export function shade(pvalue: number, dark: boolean): [number, number, number] {
  const colours = stops(dark).map(channels);
  const at = Math.min(
    Math.max(-Math.log10(Math.max(pvalue, 1e-300)), 0),
    DECADES
  );
  const low = Math.min(Math.floor(at), DECADES - 1);
  const mix = (k: 0 | 1 | 2): number =>
    Math.round(
      colours[low]![k] + (at - low) * (colours[low + 1]![k] - colours[low]![k])
    );
  return [mix(0), mix(1), mix(2)];
}

const STEPS = 256;

/** The colours of a map as pixels, a cell each; transparent where there is no test. */
export function pixels(
  data: MapData,
  dark: boolean,
  most: number
): { size: number; rgba: Uint8ClampedArray<ArrayBuffer> } {
  const table = Array.from({ length: STEPS }, (_, step) =>
    shade(10 ** ((-DECADES * step) / (STEPS - 1)), dark)
  );
  // More cells than pixels: the smallest p-value of a block stands for it.
  const block = Math.max(Math.ceil(data.size / most), 1);
  const size = Math.ceil(data.size / block);
  const smallest = new Float64Array(size * size).fill(Infinity);
  for (let row = 0; row < data.size; row++) {
    const line = size * Math.floor(row / block);
    for (let column = 0; column < data.size; column++) {
      const pvalue = data.value({ row, column });
      const at = line + Math.floor(column / block);
      if (pvalue < smallest[at]!) {
        smallest[at] = pvalue;
      }
    }
  }
  const rgba = new Uint8ClampedArray(4 * size * size);
  smallest.forEach((pvalue, cell) => {
    if (pvalue === Infinity) {
      return;
    }
    const share = Math.min(-Math.log10(Math.max(pvalue, 1e-300)) / DECADES, 1);
    const colour = table[Math.round(share * (STEPS - 1))]!;
    rgba.set([...colour, 255], 4 * cell);
  });
  return { size, rgba };
}

function channels(colour: string): [number, number, number] {
  const number = parseInt(colour.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
