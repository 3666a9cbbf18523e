// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { moveInGrid } from '../src/heatmap/keys';
import { colourOf, finiteRange, shareOf } from '../src/heatmap/scale';
import {
  NAMES,
  Sliders,
  stepOf,
  valueAt,
  type Ranges
} from '../src/heatmap/sliders';
import { SurfacePicture } from '../src/heatmap/surface';
import { UncertaintyPicture } from '../src/heatmap/uncertainty';
import { encode } from '../src/shared/codec';
import { Cleanup } from '../src/shared/dom';

const LOG = { low: 0.001, high: 1, log: true };
const RANGES: Ranges = {
  cost: LOG,
  discount: LOG,
  risk_penalty: { low: 0, high: 2, log: false },
  horizon: { low: 0.02, high: 5, log: true }
};

function wire(values: number[], shape: number[]) {
  return encode({ data: Float64Array.from(values), shape });
}

describe('sliders', () => {
  it('send the number that they show, and find their way back to it', () => {
    for (let step = 0; step <= 200; step++) {
      const value = valueAt(step, LOG);
      expect(Number(value.toPrecision(3))).toBe(value);
      expect(stepOf(value, LOG)).toBe(step);
    }
    expect(valueAt(0, RANGES.risk_penalty!)).toBe(0);
    expect(stepOf(99, LOG)).toBe(200);
  });

  it('move one parameter, and switch the deadline on and off', () => {
    const moves: [string, number | null][] = [];
    const sliders = new Sliders(new Cleanup(), (name, value) => {
      moves.push([name, value]);
    });
    document.body.replaceChildren(sliders.node);
    sliders.show(RANGES, {
      cost: 0.01,
      discount: 0.05,
      risk_penalty: 0,
      horizon: null
    });
    const slider = (name: string) =>
      sliders.node.querySelector<HTMLInputElement>(
        `[data-parameter="${name}"]`
      )!;
    expect(slider('horizon').disabled).toBe(true);
    slider('cost').value = '200';
    slider('cost').dispatchEvent(new Event('input'));
    const timed = sliders.node.querySelector<HTMLInputElement>(
      'input[type="checkbox"]'
    )!;
    timed.click();
    expect(slider('horizon').disabled).toBe(false);
    timed.click();
    expect(moves).toEqual([
      ['cost', 1],
      ['horizon', 1],
      ['horizon', null]
    ]);
  });

  it('hide what a policy does not have', () => {
    const sliders = new Sliders(new Cleanup(), () => undefined);
    sliders.show(
      { ...RANGES, discount: null },
      { cost: 0.01, discount: 0, risk_penalty: 0, horizon: null }
    );
    const hidden = NAMES.filter(
      name =>
        sliders.node
          .querySelector(`[data-parameter="${name}"]`)!
          .closest<HTMLElement>('.jp-SpreadlabHeatmap-slider')!.hidden
    );
    expect(hidden).toEqual(['discount']);
  });
});

describe('scale', () => {
  it('goes from dark to light, and no further', () => {
    expect(colourOf(0)).toEqual([68, 1, 84]);
    expect(colourOf(2)).toEqual([253, 231, 37]);
    expect(colourOf(0.5)).toEqual([33, 145, 140]);
  });

  it('leaves out what is no number', () => {
    expect(finiteRange(Float64Array.of(NaN, 3, -1, Infinity))).toEqual([-1, 3]);
    expect(shareOf(4, 4, 4)).toBe(0.5);
  });
});

describe('map of a threshold', () => {
  // Two kappas by three costs; level k holds 100 k + 10 row + column.
  const values = [0, 1, 2, 3].flatMap(k =>
    [0, 1].flatMap(row => [0, 1, 2].map(column => 100 * k + 10 * row + column))
  );
  const surface = {
    cost: wire([0.001, 0.01, 0.1], [3]),
    kappa: wire([1, 10], [2]),
    levels: wire(values, [4, 2, 3]),
    at_cost: 0.01,
    at_kappa: 1
  };
  const picture = new SurfacePicture(surface, 'enter_short');

  it('reads the cell of its level', () => {
    expect(picture.readout({ panel: 0, row: 1, column: 2 })).toEqual({
      cost: '0.100',
      kappa: '10.0',
      threshold: '212.0'
    });
    expect(picture.summary()).toContain('enter short from 200 to 212');
  });

  it('finds cells by pixels, with kappa upwards, and starts at the policy', () => {
    const layout = picture.layout(500, null);
    const { left, top, width, height } = layout.panels[0]!;
    expect(picture.cellAt(layout, left + 1, top + 1)).toEqual({
      panel: 0,
      row: 1,
      column: 0
    });
    expect(
      picture.cellAt(layout, left + width - 1, top + height - 1)
    ).toMatchObject({ row: 0, column: 2 });
    expect(picture.cellAt(layout, 0, 0)).toBeNull();
    expect(picture.move(null, 'ArrowUp', false)).toEqual({
      panel: 0,
      row: 0,
      column: 1
    });
  });

  it('refuses arrays that do not belong together', () => {
    const broken = { ...surface, levels: wire([1], [1, 1, 1]) };
    expect(() => new SurfacePicture(broken, 'exit_long')).toThrow(
      /1 x 1 x 1; must be 4 x 2 x 3/
    );
  });
});

describe('uncertainty', () => {
  // Two spreads; probabilities of short, flat, long by position held.
  const shares = [
    [0.7, 0.1, 0.3, 0.4, 0, 0.5],
    [0.5, 0.2, 0.25, 0.3, 0.25, 0.5],
    [0, 0.6, 0.4, 0.3, 0.6, 0.1]
  ];
  const picture = new UncertaintyPicture({
    x: wire([-1, 1], [2]),
    probability: wire(shares.flat(), [3, 3, 2]),
    rows: [['enter_long', -0.5, -0.8, -0.2, -0.6]],
    level: 0.95,
    draws: 1000
  });

  it('reads the shares of the position held', () => {
    // The middle panel is the flat position.
    expect(picture.readout({ panel: 1, row: 0, column: 0 })).toEqual({
      spread: '−1.000',
      position: 'flat',
      long: '25 %',
      flat: '25 %',
      short: '50 %'
    });
    expect(picture.readout({ panel: 0, row: 0, column: 1 }).short).toBe('60 %');
  });

  it('moves through the panels by the arrow keys', () => {
    const start = picture.move(null, 'ArrowUp', false)!;
    expect(start).toEqual({ panel: 1, row: 0, column: 1 });
    expect(picture.move(start, 'ArrowUp', false)).toMatchObject({ panel: 0 });
    expect(picture.move(start, 'ArrowDown', false)).toMatchObject({ panel: 2 });
    expect(picture.summary()).toContain('95 % interval −0.800 to −0.200');
  });
});

describe('moveInGrid', () => {
  it('stops at the ends, and leaves other keys alone', () => {
    const size = { rows: 2, columns: 3 };
    const start = { panel: 0, row: 0, column: 1 };
    expect(moveInGrid(size, start, start, 'End', false)?.column).toBe(2);
    expect(moveInGrid(size, start, start, 'ArrowUp', true)?.row).toBe(1);
    expect(moveInGrid(size, start, start, 'Escape', false)).toBeNull();
    expect(moveInGrid(size, start, start, 'x', false)).toBeUndefined();
  });
});
