import { describe, expect, it } from 'vitest';

import { Viewport } from '../src/shared/viewport';

describe('Viewport', () => {
  const whole = Viewport.whole(1000);

  it('starts with every bar', () => {
    expect(whole.isWhole).toBe(true);
    expect(whole.bars).toEqual({ first: 0, end: 1000 });
  });

  it('zooms around a bar, which stays where it is', () => {
    const near = whole.zoom(4, 300);
    expect(near.span).toBeCloseTo(250);
    const share = (300 - whole.first) / whole.span;
    expect((300 - near.first) / near.span).toBeCloseTo(share);
  });

  it('never shows less than ten bars or more than all', () => {
    expect(whole.zoom(1e9, 500).span).toBe(Viewport.LEAST);
    expect(whole.zoom(1e-9, 500)).toEqual(whole);
    expect(Viewport.whole(5).zoom(10, 2).span).toBe(5);
  });

  it('moves as far as there are bars', () => {
    const near = whole.zoom(4, 500);
    expect(near.pan(-1e6).first).toBe(-0.5);
    expect(near.pan(1e6).last).toBe(999.5);
    expect(near.pan(10).first).toBeCloseTo(near.first + 10);
    expect(whole.pan(50)).toEqual(whole);
  });

  it('moves to a bar only where it is out of sight', () => {
    const near = whole.zoom(10, 500);
    expect(near.reveal(500)).toBe(near);
    const moved = near.reveal(10);
    expect(moved.first).toBeLessThanOrEqual(10);
    expect(moved.last).toBeGreaterThanOrEqual(10);
    expect(moved.span).toBeCloseTo(near.span);
  });
});
