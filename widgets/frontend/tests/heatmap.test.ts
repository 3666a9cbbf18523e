import { describe, expect, it } from 'vitest';

import { encode, type WireRuns } from '../src/shared/codec';
import { decodePolicy, type PolicyData } from '../src/heatmap/data';
import { exactBoundary } from '../src/heatmap/draw';
import { moveCell } from '../src/heatmap/keys';
import { actionWords, readout, summary } from '../src/heatmap/words';

function policy(timeToGo: number[]): PolicyData {
  const rows = timeToGo.length;
  const x = Float64Array.of(-0.2, -0.1, 0, 0.1, 0.2);
  // [short, flat, long] as on the wire: positions ascending.
  const bands = [
    [0, 0, 0, -1, -1],
    [1, 0, 0, 0, -1],
    [1, 1, 0, 0, 0]
  ];
  const action = Int8Array.from(
    bands.flatMap(band => Array.from({ length: rows }, () => band).flat())
  );
  const value = Float64Array.from(action, (_, k) => k / 1000);
  return decodePolicy({
    x: encode({ data: x, shape: [5] }),
    time_to_go: encode({ data: Float64Array.from(timeToGo), shape: [rows] }),
    action: runs(action, [3, rows, 5]),
    value: encode({ data: value, shape: [3, rows, 5] }),
    mean: 0
  });
}

/** Every value a run of its own: as good as any other way of cutting. */
function runs(data: Int8Array, shape: number[]): WireRuns {
  const ends = Int32Array.from(data, (_, k) => k + 1);
  return {
    values: encode({ data, shape: [data.length] }),
    ends: encode({ data: ends, shape: [ends.length] }),
    shape
  };
}

const ENDLESS = policy([Infinity]);
const TIMED = policy([0, 0.5, 1]);

describe('readout', () => {
  it('reads the panel of the position held', () => {
    // Panels go long, flat, short from the top; the wire goes short, flat, long.
    const at = (panel: number) =>
      readout(ENDLESS, { panel, row: 0, column: 0 });
    expect(at(0)).toMatchObject({ position: 'long', action: 'hold long' });
    expect(at(1)).toMatchObject({ position: 'flat', action: 'enter long' });
    expect(at(2)).toMatchObject({ position: 'short', action: 'exit short' });
    expect(at(1).value).toBe('0.005000');
    expect(at(1).spread).toBe('−0.2000');
    expect(at(1).time).toBe('no horizon');
  });

  it('tells the time to go where there is one', () => {
    const at = readout(TIMED, { panel: 1, row: 1, column: 4 });
    expect(at).toMatchObject({ time: '0.500 years', action: 'enter short' });
    expect(at.value).toBe('0.02400');
  });
});

describe('words', () => {
  it('name every change of position', () => {
    expect(
      [-1, 0, 1].map(from => [-1, 0, 1].map(to => actionWords(from, to)))
    ).toEqual([
      ['hold short', 'exit short', 'turn long'],
      ['enter short', 'stay flat', 'enter long'],
      ['turn short', 'exit long', 'hold long']
    ]);
  });

  it('sum the policy up for those who cannot see it', () => {
    expect(summary(ENDLESS)).toContain(
      'if flat: enter long from −0.200 to −0.200, stay flat from −0.100 to 0.100'
    );
  });
});

describe('exactBoundary', () => {
  it('prefers the threshold that lies at the change of action', () => {
    expect(exactBoundary(ENDLESS, 1, [-0.1234, 0.15])).toBe(-0.1234);
    expect(exactBoundary(ENDLESS, 1, [0.15])).toBeCloseTo(-0.15);
  });
});

describe('moveCell', () => {
  const middle = { panel: 1, row: 0, column: 2 };

  it('starts in the middle', () => {
    expect(moveCell(ENDLESS, null, 'ArrowLeft', false)).toEqual(middle);
  });

  it('moves by one, leaps with Shift, and stops at the ends', () => {
    expect(moveCell(ENDLESS, middle, 'ArrowRight', false)?.column).toBe(3);
    expect(moveCell(ENDLESS, middle, 'ArrowLeft', true)?.column).toBe(0);
    expect(moveCell(ENDLESS, middle, 'End', false)?.column).toBe(4);
  });

  it('goes through the panels, or through time where there is time', () => {
    expect(moveCell(ENDLESS, middle, 'ArrowUp', false)?.panel).toBe(0);
    expect(moveCell(ENDLESS, middle, 'ArrowDown', false)?.panel).toBe(2);
    expect(moveCell(TIMED, middle, 'ArrowUp', false)).toEqual({
      panel: 1,
      row: 1,
      column: 2
    });
    expect(moveCell(TIMED, middle, 'PageDown', false)?.panel).toBe(2);
  });

  it('hides with Escape and leaves other keys alone', () => {
    expect(moveCell(ENDLESS, middle, 'Escape', false)).toBeNull();
    expect(moveCell(ENDLESS, middle, 'a', false)).toBeUndefined();
  });
});

describe('decodePolicy', () => {
  it('refuses arrays that do not belong together', () => {
    const wire = {
      x: encode({ data: new Float64Array(5), shape: [5] }),
      time_to_go: encode({ data: Float64Array.of(Infinity), shape: [1] }),
      action: runs(new Int8Array(12), [3, 1, 4]),
      value: encode({ data: new Float64Array(15), shape: [3, 1, 5] }),
      mean: 0
    };
    expect(() => decodePolicy(wire)).toThrow(/"action" has shape 3 x 1 x 4/);
  });
});
