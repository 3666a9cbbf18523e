import type { WireArray } from './codec';

/** What a message says of its arrays, whose bytes travel beside it. */
export type Described = Readonly<
  Record<string, { dtype: string; shape: number[]; buffer: number }>
>;

/** The wire arrays of a message by name, missing where it has none. */
export function arraysOf(
  described: Described,
  buffers: readonly DataView[]
): Partial<Record<string, WireArray>> {
  return Object.fromEntries(
    Object.entries(described).map(([name, { dtype, shape, buffer }]) => {
      const view = buffers[buffer];
      if (view === undefined) {
        throw new RangeError(`array "${name}": the message has no such bytes`);
      }
      return [name, { view, dtype, shape }];
    })
  );
}
