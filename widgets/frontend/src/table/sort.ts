/** The order of the rows: stable, with missing numbers last whichever way it goes. */

const DIGIT = 16;
const BUCKETS = 1 << DIGIT;

/**
 * Row numbers in the order of some numbers.
 *
 * A radix sort on the bits of the numbers: some 100,000 rows take a few milliseconds, where a
 * comparison of each two would be seen as a pause.
 */
export function sortNumbers(
  values: ArrayLike<number>,
  ascending: boolean
): Int32Array {
  const length = values.length;
  const keys = sortableBits(values, ascending);
  let rows = Int32Array.from({ length }, (_, row) => row);
  let spare = new Int32Array(length);
  const counts = new Uint32Array(BUCKETS);
  for (let digit = 0; digit < 4; digit++) {
    counts.fill(0);
    for (let row = 0; row < length; row++) {
      counts[keys[4 * row + digit]!]!++;
    }
    if (counts.includes(length)) {
      continue; // all alike in this digit
    }
    let start = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = counts[bucket]!;
      counts[bucket] = start;
      start += count;
    }
    for (let place = 0; place < length; place++) {
      const row = rows[place]!;
      spare[counts[keys[4 * row + digit]!]!++] = row;
    }
    [rows, spare] = [spare, rows];
  }
  return rows;
}

/**
 * Four 16-bit digits a number, least first, that as one unsigned integer order like the numbers do.
 *
 * A float's bits order like an integer's once the sign bit is flipped, and all bits of a negative.
 */
function sortableBits(
  values: ArrayLike<number>,
  ascending: boolean
): Uint16Array {
  const floats = Float64Array.from(values);
  const bits = new Uint16Array(floats.buffer);
  for (let row = 0; row < floats.length; row++) {
    const value = floats[row]!;
    const at = 4 * row;
    if (Number.isNaN(value)) {
      bits.fill(0xffff, at, at + 4);
      continue;
    }
    if (value === 0) {
      floats[row] = 0; // minus zero is no less than zero
    }
    const negative = value < 0;
    for (let digit = 0; digit < 4; digit++) {
      const own = bits[at + digit]!;
      const top = digit === 3 ? 0x8000 : 0;
      const rising = negative ? own ^ 0xffff : own ^ top;
      bits[at + digit] = ascending ? rising : rising ^ 0xffff;
    }
  }
  return bits;
}

/** Row numbers in the order of some texts. */
export function sortStrings(
  values: readonly string[],
  ascending: boolean
): Int32Array {
  return sortNumbers(ranks(values), ascending);
}

/** The place of each text among the different ones. */
export function ranks(values: readonly string[]): Int32Array {
  const places = new Map<string, number>();
  for (const value of [...new Set(values)].sort()) {
    places.set(value, places.size);
  }
  return Int32Array.from(values, value => places.get(value)!);
}
