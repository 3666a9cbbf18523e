/** Numbers as a reader wants them; the same rules as `spreadlab/display/numbers.py`. */

const MINUS = '−';

/** Three significant digits; whole numbers with thousands separators. */
export function short(value: number, digits = 3): string {
  if (Number.isNaN(value)) {
    return 'n/a';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? '∞' : `${MINUS}∞`;
  }
  if (value === 0) {
    return '0';
  }
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  let text: string;
  if (magnitude >= -4 && magnitude < digits) {
    text = value.toFixed(Math.max(digits - 1 - magnitude, 0));
  } else if (magnitude >= digits && magnitude < 7) {
    text = integer(value);
  } else {
    text = value.toExponential(digits - 1).replace(/([+-])(\d)$/, '$10$2');
  }
  return text.replace(/^-/, MINUS);
}

/** A whole number with thousands separators. */
export function integer(value: number): string {
  return Number.isNaN(value)
    ? 'n/a'
    : value
        .toFixed(0)
        .replace(/\B(?=(\d{3})+(?!\d))/g, ',')
        .replace(/^-/, MINUS);
}

/** A p-value as .0016. */
export function pvalue(value: number): string {
  if (Number.isNaN(value)) {
    return 'n/a';
  }
  if (value < 5e-5) {
    return '<.0001';
  }
  if (value >= 0.99995) {
    return '1';
  }
  return (value < 0.1 ? value.toFixed(4) : value.toFixed(3)).slice(1);
}
