/** The order of the rows: stable, with missing numbers last whichever way it goes. */

export function sortNumbers(
  values: Float64Array,
  ascending: boolean
): Int32Array {
  const sign = ascending ? 1 : -1;
  return order(values.length, (a, b) => {
    const left = values[a]!;
    const right = values[b]!;
    if (Number.isNaN(left) || Number.isNaN(right)) {
      return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    }
    // Compared, not subtracted: infinity minus infinity is no order.
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

export function sortStrings(
  values: readonly string[],
  ascending: boolean
): Int32Array {
  const sign = ascending ? 1 : -1;
  return order(values.length, (a, b) => {
    const left = values[a]!;
    const right = values[b]!;
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

function order(
  length: number,
  compare: (a: number, b: number) => number
): Int32Array {
  const rows = Int32Array.from({ length }, (_, k) => k);
  // Ties fall back to the row number: typed arrays sort stably, this says so.
  return rows.sort((a, b) => compare(a, b) || a - b);
}
