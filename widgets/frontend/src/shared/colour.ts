/** Colours that are computed: a canvas knows no `color-mix`. */

/** Red, green and blue, 0 to 255, of a colour as the browser resolves it; alpha is left out. */
export function parseColour(text: string): number[] {
  const numbers = (text.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  const rgb = numbers.slice(0, 3);
  if (rgb.length < 3) {
    throw new RangeError(
      `"${text}" is not a colour as the browser resolves it`
    );
  }
  return text.startsWith('color(') ? rgb.map(part => 255 * part) : rgb;
}

/** A colour on the way from one to another. */
export function mix(
  from: readonly number[],
  to: readonly number[],
  share: number
): number[] {
  return from.map((part, k) => Math.round(part + share * (to[k]! - part)));
}

/** Whether black is read better on a colour than white: by the contrast ratios of WCAG 2. */
export function black(rgb: readonly number[]): boolean {
  const [red, green, blue] = rgb.map(part => {
    const s = part / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05);
}
