/**
 * Arrays on the wire: `{view, dtype, shape}`, C order, little endian, the bytes as a binary buffer.
 * The Python side is `spreadlab_widgets/codec.py`.
 */

export interface WireArray {
  view: DataView;
  dtype: string;
  shape: number[];
}

export type NumberArray = Float64Array | Int8Array | Int32Array;

export interface NdArray<A extends NumberArray = NumberArray> {
  data: A;
  shape: number[];
}

type Constructor = new (
  buffer: ArrayBuffer,
  byteOffset: number,
  length: number
) => NumberArray;

const TYPES: Readonly<Record<string, [Constructor, number]>> = {
  float64: [Float64Array, 8],
  int8: [Int8Array, 1],
  int32: [Int32Array, 4]
};

/**
 * The typed array behind a wire array: without a copy where the alignment allows it.
 *
 * The view may start anywhere in a larger message buffer, so its offset is honoured.
 */
export function decode(wire: WireArray): NdArray {
  const type = TYPES[wire.dtype];
  if (type === undefined) {
    throw new TypeError(
      `array of dtype "${wire.dtype}": must be one of ${Object.keys(TYPES).join(', ')}`
    );
  }
  const [ctor, itemSize] = type;
  const length = wire.shape.reduce((product, n) => product * n, 1);
  const { buffer, byteOffset, byteLength } = wire.view;
  if (byteLength !== length * itemSize) {
    throw new RangeError(
      `array of shape [${wire.shape.join(', ')}] and dtype ${wire.dtype}: needs ` +
        `${length * itemSize} bytes, got ${byteLength}`
    );
  }
  const aligned = byteOffset % itemSize === 0;
  const source = aligned
    ? (buffer as ArrayBuffer)
    : (buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
  return {
    data: new ctor(source, aligned ? byteOffset : 0, length),
    shape: [...wire.shape]
  };
}

export function decodeFloat64(wire: WireArray): NdArray<Float64Array> {
  return expectType(decode(wire), Float64Array, wire.dtype, 'float64');
}

export function decodeInt8(wire: WireArray): NdArray<Int8Array> {
  return expectType(decode(wire), Int8Array, wire.dtype, 'int8');
}

export function decodeInt32(wire: WireArray): NdArray<Int32Array> {
  return expectType(decode(wire), Int32Array, wire.dtype, 'int32');
}

/** An array that seldom changes along itself: each run's value, and the index it ends before. */
export interface WireRuns {
  values: WireArray;
  ends: WireArray;
  shape: number[];
}

export function decodeRuns(wire: WireRuns): NdArray<Int8Array> {
  const values = decodeInt8(wire.values).data;
  const ends = decodeInt32(wire.ends).data;
  const length = wire.shape.reduce((product, n) => product * n, 1);
  if (values.length !== ends.length || (ends.at(-1) ?? 0) !== length) {
    throw new RangeError(
      `runs of shape [${wire.shape.join(', ')}]: ${values.length} values end at ` +
        `${ends.at(-1) ?? 0}; must end at ${length}`
    );
  }
  const data = new Int8Array(length);
  let start = 0;
  ends.forEach((end, run) => {
    data.fill(values[run]!, start, end);
    start = end;
  });
  return { data, shape: [...wire.shape] };
}

/** The wire form of an array; the bytes are shared, not copied. */
export function encode(array: NdArray): WireArray {
  const { data, shape } = array;
  const dtype = Object.keys(TYPES).find(
    name => data instanceof TYPES[name]![0]
  )!;
  return {
    view: new DataView(data.buffer, data.byteOffset, data.byteLength),
    dtype,
    shape: [...shape]
  };
}

function expectType<A extends NumberArray>(
  array: NdArray,
  ctor: abstract new (...args: never[]) => A,
  got: string,
  wanted: string
): NdArray<A> {
  if (!(array.data instanceof ctor)) {
    throw new TypeError(`array of dtype "${got}": must be ${wanted}`);
  }
  return { data: array.data, shape: array.shape };
}
