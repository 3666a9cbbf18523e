/** Series that grow at their end and forget at their beginning. */

/** The rows of a matrix in C order. */
export function rowsOf<A extends Float64Array | Int8Array>(
  data: A,
  rows: number
): A[] {
  const count = rows === 0 ? 0 : data.length / rows;
  return Array.from(
    { length: rows },
    (_, k) => data.subarray(k * count, (k + 1) * count) as A
  );
}

/** One array after another, without the first `dropped` numbers. */
export function join<A extends Float64Array | Int8Array>(
  first: A | undefined,
  then: A,
  dropped: number
): A {
  const from = first ?? (then.subarray(0, 0) as A);
  const all = new (then.constructor as new (length: number) => A)(
    from.length + then.length
  );
  all.set(from);
  all.set(then, from.length);
  return all.subarray(dropped) as A;
}
