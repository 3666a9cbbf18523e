import { Axis, type Rect } from '../shared/axis';
import { short } from '../shared/format';
import { drawLevelLabels, levelStroke } from '../shared/levels';
import {
  clip,
  drawBarAxis,
  drawCross,
  drawLevel,
  drawLine,
  drawMark,
  drawPositions,
  drawValueAxis,
  type Pane
} from '../shared/plot';
import { extent, padded, runsOf, type Extent } from '../shared/series';
import type { ChartColours } from '../shared/theme';
import type { Viewport } from '../shared/viewport';
import type { LineName, PairFacts, Series } from './data';

type Context = CanvasRenderingContext2D;

export const HEIGHT = 400;
const LEAST = 120;
const TOP = 20;
const LEFT = 54;
const STRIP = 18;
const BOTTOM = 22;
const NARROW = 480;

export interface Layout {
  line: Rect;
  strip: Rect;
  whole: Rect;
  /** Room for the levels' names beside the chart. */
  labels: boolean;
}

export function layoutOf(width: number, whole: number): Layout {
  const labels = width >= NARROW;
  const inner = Math.max(width - LEFT - (labels ? 126 : 14), 1);
  const rect = (top: number, height: number): Rect => ({
    left: LEFT,
    top,
    width: inner,
    height
  });
  const stripTop = Math.max(whole, LEAST) - BOTTOM - STRIP;
  return {
    line: rect(TOP, stripTop - 4 - TOP),
    strip: rect(stripTop, STRIP),
    whole: rect(TOP, stripTop + STRIP - TOP),
    labels
  };
}

export function barAxis(layout: Layout, viewport: Viewport): Axis {
  const { left, width } = layout.whole;
  return new Axis(viewport.first, viewport.last, left, width);
}

export interface Picture {
  series: Series;
  facts: PairFacts;
  line: LineName;
  /** The line's value at the newest ticks, NaN where it is not known. */
  now: number;
  viewport: Viewport;
  layout: Layout;
  colours: ChartColours;
}

/** What the numbers on the axis are. */
export function lineLabel(line: LineName, facts: PairFacts): string {
  return line === 'spread'
    ? `spread, ${facts.unit}`
    : line === 'z'
      ? 'z, standard deviations'
      : "the rule's signal";
}

/** The line with its levels, fills and positions. */
export function drawLive(context: Context, picture: Picture): void {
  const { series, facts, line, viewport, layout, colours, now } = picture;
  const x = barAxis(layout, viewport);
  const range = viewport.bars;
  const values = series.lines[line];
  const pane = linePane(picture, x);
  drawBarAxis(context, { rect: layout.strip, x, y: x }, colours, series.times, [
    layout.line
  ]);
  drawValueAxis(context, pane, colours, lineLabel(line, facts));
  const marks = shownLevels(picture);
  for (const { name, values: level } of marks) {
    drawSteps(context, pane, level, range, name, colours);
  }
  if (marks.length === 0 && facts.mean !== null && facts.sd !== null) {
    drawFormation(context, pane, line, facts.mean, facts.sd, colours);
  }
  drawLine(context, pane, values, range, { colour: colours.text, width: 1.4 });
  drawFills(context, pane, values, series.position, range, colours);
  drawPositions(context, layout.strip, x, series.position, range, colours);
  context.fillStyle = colours.faint;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText(
    'rule', // what it holds; limits and orders by hand may hold something else
    layout.strip.left - 6,
    layout.strip.top + STRIP / 2
  );
  if (layout.labels) {
    const last = marks.flatMap(({ name, values: level }) => {
      const value = level[level.length - 1]!;
      return Number.isNaN(value) ? [] : [{ kind: name, label: name, value }];
    });
    drawLevelLabels(context, pane, last, colours);
  }
  if (viewport.last >= viewport.count - 0.5 - 1e-9 && !Number.isNaN(now)) {
    drawNow(context, pane, now, colours);
  }
}

export function drawCrosshair(
  context: Context,
  picture: Picture,
  bar: number | null
): void {
  const { viewport, layout, colours } = picture;
  if (bar !== null && bar >= viewport.first && bar <= viewport.last) {
    const at = barAxis(layout, viewport).toPixel(bar);
    drawCross(context, layout.whole, at, colours);
  }
}

/** The levels belong to the signal; where the line is the same numbers, to the line as well. */
function shownLevels({
  series,
  line
}: Picture): { name: string; values: Float64Array }[] {
  const { lines, levels } = series;
  if (line !== 'signal' && !same(lines[line], lines.signal)) {
    return [];
  }
  return [...levels].map(([name, values]) => ({ name, values }));
}

function same(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, k) => Object.is(value, b[k]!));
}

function linePane(picture: Picture, x: Axis): Pane {
  const { series, line, layout, viewport, now, facts } = picture;
  const { first, end } = viewport.bars;
  const seen = extent(series.lines[line], first, end);
  const point = (value: number): Extent | null =>
    Number.isNaN(value) ? null : { low: value, high: value };
  const known = [seen, point(now)].filter(e => e !== null);
  const low = Math.min(...known.map(e => e.low));
  const high = Math.max(...known.map(e => e.high));
  const reach = known.length === 0 ? Infinity : Math.max(high - low, 1e-12);
  // Levels are part of the picture unless they lie so far off that nothing else is left of it.
  const near = (e: Extent | null): e is Extent =>
    e !== null && e.low > low - reach && e.high < high + reach;
  const marks = shownLevels(picture);
  const levels = marks.map(({ values }) => extent(values, first, end));
  if (marks.length === 0 && facts.mean !== null && facts.sd !== null) {
    const [mean, sd] = line === 'spread' ? [facts.mean, facts.sd] : [0, 1];
    levels.push(point(mean - 2 * sd), point(mean + 2 * sd));
  }
  const y = padded([...known, ...levels.filter(near)], 0.06);
  const { top, height } = layout.line;
  return {
    rect: layout.line,
    x,
    y: new Axis(y.low, y.high, top + height, -height)
  };
}

/** A level that may change from bar to bar: flat over each, with a step between. */
function drawSteps(
  context: Context,
  { rect, x, y }: Pane,
  values: Float64Array,
  range: { first: number; end: number },
  name: string,
  colours: ChartColours
): void {
  const { colour, width, dash } = levelStroke(name, colours);
  context.save();
  clip(context, rect);
  context.strokeStyle = colour;
  context.lineWidth = width ?? 1;
  context.setLineDash(dash ?? []);
  context.beginPath();
  let before = NaN;
  for (let k = range.first; k < range.end; k++) {
    const value = values[k]!;
    if (value !== before && !Number.isNaN(value)) {
      const at = x.toPixel(k - 0.5);
      if (Number.isNaN(before)) {
        context.moveTo(at, y.toPixel(value));
      } else {
        context.lineTo(at, y.toPixel(before));
        context.lineTo(at, y.toPixel(value));
      }
    } else if (Number.isNaN(value) && !Number.isNaN(before)) {
      context.lineTo(x.toPixel(k - 0.5), y.toPixel(before));
    }
    before = value;
  }
  if (!Number.isNaN(before)) {
    context.lineTo(x.toPixel(range.end - 0.5), y.toPixel(before));
  }
  context.stroke();
  context.restore();
}

/** The formation's mean and two of its standard deviations, where there are no levels. */
function drawFormation(
  context: Context,
  pane: Pane,
  line: LineName,
  mean: number,
  sd: number,
  colours: ChartColours
): void {
  const [centre, unit] = line === 'spread' ? [mean, sd] : [0, 1];
  for (const [value, kind] of [
    [centre, 'mean'],
    [centre - 2 * unit, 'band'],
    [centre + 2 * unit, 'band']
  ] as const) {
    drawLevel(context, pane, value, levelStroke(kind, colours));
  }
}

/** Where the position changed: into long or short, or out of it. */
function drawFills(
  context: Context,
  pane: Pane,
  values: Float64Array,
  position: Int8Array,
  range: { first: number; end: number },
  colours: ChartColours
): void {
  let before = position[range.first] ?? 0;
  for (const { value, first } of runsOf(position, range.first, range.end)) {
    if (value !== before) {
      const side = value === 0 ? before : value;
      const colour = side > 0 ? colours['long-line'] : colours['short-line'];
      const shape = value === 0 ? 'cross' : value > 0 ? 'up' : 'down';
      drawMark(context, pane, first, values[first]!, shape, colours, colour);
    }
    before = value;
  }
}

/** The newest value: a ring at the right edge. */
function drawNow(
  context: Context,
  { rect, y }: Pane,
  now: number,
  colours: ChartColours
): void {
  const at = y.toPixel(now);
  const right = rect.left + rect.width;
  context.save();
  context.beginPath();
  context.arc(right, at, 4, 0, 2 * Math.PI);
  context.fillStyle = colours.background;
  context.fill();
  context.strokeStyle = colours.focus;
  context.lineWidth = 2;
  context.stroke();
  context.restore();
}

/** The value under the crosshair and all that belongs to it, in words. */
export function barTexts(
  series: Series,
  bar: number
): Record<'spread' | 'signal' | 'z', string> {
  const { lines } = series;
  return {
    spread: short(lines.spread[bar]!),
    signal: short(lines.signal[bar]!),
    z: short(lines.z[bar]!)
  };
}
