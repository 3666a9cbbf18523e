import { Axis, type Rect } from '../shared/axis';
import { drawLevelLabels, levelStroke } from '../shared/levels';
import {
  drawBarAxis,
  drawCross,
  drawLevel,
  drawLine,
  drawMark,
  drawPositions,
  drawValueAxis,
  line,
  type Pane
} from '../shared/plot';
import { extent, padded } from '../shared/series';
import type { ChartColours } from '../shared/theme';
import type { Viewport } from '../shared/viewport';
import type { Legs, Level, Positions, Spread } from './data';
import type { Window } from './window';

type Context = CanvasRenderingContext2D;

export const HEIGHT = 396;
const LEAST = 150;
const TOP = 20;
/** Share of the legs in the height of both panes. */
const LEGS = 0.37;
const BETWEEN = 26;
const STRIP = 18;
const BOTTOM = 22;
const LEFT = 54;
const NARROW = 480;

export interface Layout {
  legs: Rect;
  spread: Rect;
  strip: Rect;
  /** From the top of the legs to the bottom of the strip. */
  whole: Rect;
  labels: boolean;
}

export function layoutOf(width: number, whole: number): Layout {
  // Labels of levels stand beside the chart where there is room for them.
  const labels = width >= NARROW;
  const inner = Math.max(width - LEFT - (labels ? 126 : 10), 1);
  const rect = (top: number, height: number): Rect => ({
    left: LEFT,
    top,
    width: inner,
    height
  });
  const stripTop = Math.max(whole, LEAST) - BOTTOM - STRIP;
  const legs = Math.round(LEGS * (stripTop - 4 - TOP - BETWEEN));
  const spreadTop = TOP + legs + BETWEEN;
  return {
    legs: rect(TOP, legs),
    spread: rect(spreadTop, stripTop - 4 - spreadTop),
    strip: rect(stripTop, STRIP),
    whole: rect(TOP, stripTop + STRIP - TOP),
    labels
  };
}

export function barAxis(layout: Layout, viewport: Viewport): Axis {
  return new Axis(
    viewport.first,
    viewport.last,
    layout.whole.left,
    layout.whole.width
  );
}

export interface Picture {
  legs: Legs;
  spread: Spread | null;
  lines: readonly Level[];
  positions: Positions | null;
  viewport: Viewport;
  layout: Layout;
  colours: ChartColours;
}

/** Draw everything that a crosshair and a brush leave as it is. */
export function drawSpread(context: Context, picture: Picture): void {
  const { legs, layout, viewport, colours, spread, positions } = picture;
  const x = barAxis(layout, viewport);
  const range = viewport.bars;
  const top = legsPane(picture, x);
  drawBarAxis(context, { rect: layout.strip, x, y: x }, colours, legs.times, [
    layout.legs,
    layout.spread
  ]);
  drawValueAxis(context, top, colours, 'prices, first bar = 100');
  drawLine(context, top, legs.rebased[1], range, {
    colour: colours.second,
    dash: [5, 2]
  });
  drawLine(context, top, legs.rebased[0], range, { colour: colours.text });
  if (spread === null) {
    return;
  }
  const pane = spreadPane(picture, x);
  drawValueAxis(context, pane, colours, spreadLabel(picture));
  for (const level of picture.lines) {
    drawLevel(context, pane, level.value, levelStroke(level.kind, colours));
  }
  drawLine(context, pane, spread.values, range, { colour: colours.text });
  if (layout.labels) {
    drawLevelLabels(context, pane, picture.lines, colours);
  }
  if (positions !== null) {
    drawFills(context, pane, spread.values, positions, colours);
    drawPositions(
      context,
      layout.strip,
      x,
      positions.positions,
      range,
      colours
    );
    context.fillStyle = colours.faint;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillText(
      'position',
      layout.strip.left - 6,
      layout.strip.top + STRIP / 2
    );
  }
}

/** Draw the in-sample window, the marked trade and the crosshair, on a canvas above. */
export function drawOverlay(
  context: Context,
  picture: Picture,
  window: Window,
  trade: number | null,
  bar: number | null
): void {
  const { layout, viewport, colours, positions } = picture;
  const x = barAxis(layout, viewport);
  drawWindow(context, layout, x, window, colours);
  if (trade !== null && positions !== null && trade < positions.entry.length) {
    drawTrade(context, layout.whole, x, positions, trade, colours);
  }
  if (bar !== null && bar >= viewport.first && bar <= viewport.last) {
    drawCross(context, layout.whole, x.toPixel(bar), colours);
  }
}

/** Pixels of the window's two edges. */
export function edgePixels(x: Axis, window: Window): [number, number] {
  return [x.toPixel(window[0] - 0.5), x.toPixel(window[1] - 0.5)];
}

function spreadLabel({ legs, spread }: Picture): string {
  const moves = spread !== null && spread.hedgeRatio.length > 1;
  return `spread, ${legs.unit}${moves ? ', at the hedge ratio of the bar before' : ''}`;
}

function legsPane({ legs, layout, viewport }: Picture, x: Axis): Pane {
  const { first, end } = viewport.bars;
  const { low, high } = padded(legs.rebased.map(y => extent(y, first, end)));
  return { rect: layout.legs, x, y: upwards(layout.legs, low, high) };
}

function spreadPane(
  { spread, lines, layout, viewport }: Picture,
  x: Axis
): Pane {
  const { first, end } = viewport.bars;
  const seen = extent(spread!.values, first, end) ?? { low: 0, high: 0 };
  const reach = seen.high - seen.low;
  // Levels are part of the picture unless they lie so far off that nothing else is left of it.
  const near = lines
    .map(({ value }) => ({ low: value, high: value }))
    .filter(({ low }) => low > seen.low - reach && low < seen.high + reach);
  const { low, high } = padded([seen, ...near], 0.06);
  return { rect: layout.spread, x, y: upwards(layout.spread, low, high) };
}

function upwards(rect: Rect, low: number, high: number): Axis {
  return new Axis(low, high, rect.top + rect.height, -rect.height);
}

function drawFills(
  context: Context,
  pane: Pane,
  values: Float64Array,
  { entry, exit, direction, open }: Positions,
  colours: ChartColours
): void {
  for (let k = 0; k < entry.length; k++) {
    const isLong = direction[k]! > 0;
    const colour = isLong ? colours['long-line'] : colours['short-line'];
    const into = entry[k]!;
    if (open[k] === 0) {
      const out = exit[k]!;
      drawMark(context, pane, out, values[out]!, 'cross', colours, colour);
    }
    const shape = isLong ? 'up' : 'down';
    drawMark(context, pane, into, values[into]!, shape, colours, colour);
  }
}

function drawWindow(
  context: Context,
  { whole: rect, legs }: Layout,
  x: Axis,
  window: Window,
  colours: ChartColours
): void {
  const right = rect.left + rect.width;
  const bottom = rect.top + rect.height;
  const [from, to] = edgePixels(x, window);
  const low = Math.max(from, rect.left);
  const high = Math.min(to, right);
  context.save();
  if (high > low) {
    context.globalAlpha = 0.13;
    context.fillStyle = colours.focus;
    context.fillRect(low, rect.top, high - low, rect.height);
    context.globalAlpha = 1;
  }
  context.strokeStyle = colours.focus;
  context.fillStyle = colours.focus;
  context.lineWidth = 1.5;
  for (const at of [from, to]) {
    if (at >= rect.left - 1 && at <= right + 1) {
      line(context, at, rect.top, at, bottom);
      context.fillRect(at - 3, rect.top + rect.height / 2 - 14, 6, 28);
    }
  }
  context.textBaseline = 'top';
  context.textAlign = 'center';
  context.fillStyle = colours.text;
  for (const [words, start, end] of [
    ['in sample', low, high],
    ['out of sample', Math.max(high, rect.left), right],
    ['before', rect.left, Math.min(low, right)]
  ] as const) {
    if (end - start > context.measureText(words).width + 12) {
      context.fillText(words, (start + end) / 2, legs.top + legs.height + 5);
    }
  }
  context.restore();
}

function drawTrade(
  context: Context,
  rect: Rect,
  x: Axis,
  { entry, exit, direction }: Positions,
  trade: number,
  colours: ChartColours
): void {
  const left = Math.max(x.toPixel(entry[trade]!), rect.left);
  const right = Math.min(x.toPixel(exit[trade]!), rect.left + rect.width);
  if (right < left) {
    return;
  }
  const isLong = direction[trade]! > 0;
  context.save();
  context.globalAlpha = 0.25;
  context.fillStyle = isLong ? colours.long : colours.short;
  context.fillRect(left, rect.top, Math.max(right - left, 2), rect.height);
  context.globalAlpha = 1;
  context.strokeStyle = isLong ? colours['long-line'] : colours['short-line'];
  context.lineWidth = 2;
  context.strokeRect(left, rect.top, Math.max(right - left, 2), rect.height);
  context.restore();
}
