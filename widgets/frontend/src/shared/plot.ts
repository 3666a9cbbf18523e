import { ticks, type Axis, type Rect } from './axis';
import { dateTicks, type Tick } from './dates';
import { decimate, runsOf } from './series';
import type { ChartColours } from './theme';

/** Where a chart draws: a rectangle with an axis each way. */
export interface Pane {
  rect: Rect;
  x: Axis;
  y: Axis;
}

export interface Stroke {
  colour: string;
  width?: number;
  dash?: number[];
}

type Context = CanvasRenderingContext2D;

const PIXELS_PER_DATE = 78;
const PIXELS_PER_VALUE = 34;
const LABEL_HEIGHT = 11;

/** A number on an axis: as many digits as the distance between ticks needs. */
export function tickText(value: number, step: number): string {
  const digits = Math.max(-Math.floor(Math.log10(step) + 1e-9), 0);
  return digits > 6
    ? value.toExponential(1).replace('-', '−')
    : value
        .toFixed(digits)
        .replace(/^-/, '−')
        .replace(/\B(?=(\d{3})+$)/g, digits === 0 ? ',' : '');
}

/** Grid lines and numbers at the left. */
export function drawValueAxis(
  context: Context,
  { rect, y }: Pane,
  colours: ChartColours,
  label: string
): void {
  const low = Math.min(y.low, y.high);
  const high = Math.max(y.low, y.high);
  let most = Math.max(rect.height / PIXELS_PER_VALUE, 2);
  let values = ticks(low, high, most);
  // One number says nothing of the scale.
  for (; values.length < 2 && most < 8; most += 1) {
    values = ticks(low, high, most + 1);
  }
  const step = values.length > 1 ? values[1]! - values[0]! : high - low;
  context.strokeStyle = colours['soft-line'];
  context.fillStyle = colours.faint;
  context.lineWidth = 1;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const taken: number[] = [];
  // Where there is no room for all, zero says the least of the scale.
  for (const value of values.sort((a, b) => Math.abs(b) - Math.abs(a))) {
    const at = Math.round(y.toPixel(value)) + 0.5;
    line(context, rect.left, at, rect.left + rect.width, at);
    // Beside its line, and inside the pane: what is above and below it has words of its own.
    const beside = Math.min(
      Math.max(at, rect.top + 6),
      rect.top + rect.height - 4
    );
    if (taken.every(other => Math.abs(other - beside) >= LABEL_HEIGHT)) {
      taken.push(beside);
      context.fillText(tickText(value, step), rect.left - 6, beside);
    }
  }
  context.fillStyle = colours.text;
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  context.fillText(label, 2, rect.top - 3);
}

/** Ticks of the bars in sight: dates where there are any, else numbers of bars. */
export function barTicks(
  x: Axis,
  width: number,
  times: Float64Array | null
): Tick[] {
  const most = Math.max(Math.floor(width / PIXELS_PER_DATE), 1);
  if (times !== null) {
    return dateTicks(times, x.low, x.high, most);
  }
  return ticks(Math.max(x.low, 0), x.high, most)
    .filter(Number.isInteger)
    .map(at => ({ at, label: tickText(at, 1) }));
}

/** Dates under a pane, with faint lines through `through` as well. */
export function drawBarAxis(
  context: Context,
  { rect, x }: Pane,
  colours: ChartColours,
  times: Float64Array | null,
  through: readonly Rect[] = []
): void {
  const bottom = rect.top + rect.height;
  context.strokeStyle = colours['soft-line'];
  context.lineWidth = 1;
  const shown = barTicks(x, rect.width, times);
  for (const { top, height } of [rect, ...through]) {
    for (const { at } of shown) {
      const pixel = Math.round(x.toPixel(at)) + 0.5;
      line(context, pixel, top, pixel, top + height);
    }
  }
  context.fillStyle = colours.faint;
  context.textBaseline = 'top';
  for (const { at, label } of shown) {
    const half = context.measureText(label).width / 2;
    const pixel = x.toPixel(at);
    context.textAlign = 'center';
    if (pixel - half >= 0 && pixel + half <= rect.left + rect.width + 12) {
      context.fillText(label, pixel, bottom + 5);
    }
  }
  context.strokeStyle = colours.line;
  line(context, rect.left, bottom + 0.5, rect.left + rect.width, bottom + 0.5);
}

/** Numbers under a pane, and what they are. */
export function drawNumberAxis(
  context: Context,
  { rect, x }: Pane,
  colours: ChartColours,
  label: string
): void {
  const bottom = rect.top + rect.height;
  const values = ticks(x.low, x.high, Math.max(Math.floor(rect.width / 56), 1));
  const step = values.length > 1 ? values[1]! - values[0]! : x.high - x.low;
  context.strokeStyle = colours['soft-line'];
  context.fillStyle = colours.faint;
  context.lineWidth = 1;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const value of values) {
    const at = Math.round(x.toPixel(value)) + 0.5;
    line(context, at, rect.top, at, bottom);
    context.fillText(tickText(value, step), at, bottom + 5);
  }
  context.strokeStyle = colours.line;
  line(context, rect.left, bottom + 0.5, rect.left + rect.width, bottom + 0.5);
  context.fillStyle = colours.text;
  context.fillText(label, rect.left + rect.width / 2, bottom + 20);
}

/** A curve through points of both axes. */
export function drawCurve(
  context: Context,
  { rect, x, y }: Pane,
  across: Float64Array,
  up: Float64Array,
  stroke: Stroke
): void {
  context.save();
  clip(context, rect);
  setStroke(context, stroke);
  context.beginPath();
  for (let k = 0; k < across.length; k++) {
    context.lineTo(x.toPixel(across[k]!), y.toPixel(up[k]!));
  }
  context.stroke();
  context.restore();
}

/** The line of bars [first, end), with gaps where there is no value. */
export function drawLine(
  context: Context,
  { rect, x, y }: Pane,
  values: Float64Array,
  range: { first: number; end: number },
  stroke: Stroke
): void {
  context.save();
  clip(context, rect);
  setStroke(context, stroke);
  context.lineJoin = 'round';
  context.beginPath();
  let down = false;
  for (const k of decimate(
    values,
    range.first,
    range.end,
    Math.ceil(rect.width)
  )) {
    const value = values[k]!;
    if (Number.isNaN(value)) {
      down = false;
    } else if (down) {
      context.lineTo(x.toPixel(k), y.toPixel(value));
    } else {
      context.moveTo(x.toPixel(k), y.toPixel(value));
      down = true;
    }
  }
  context.stroke();
  context.restore();
}

/** The area between a line and a level. */
export function drawArea(
  context: Context,
  { rect, x, y }: Pane,
  values: Float64Array,
  range: { first: number; end: number },
  level: number,
  fill: string,
  opacity: number
): void {
  const kept = decimate(
    values,
    range.first,
    range.end,
    Math.ceil(rect.width)
  ).filter(k => !Number.isNaN(values[k]!));
  if (kept.length === 0) {
    return;
  }
  context.save();
  clip(context, rect);
  context.globalAlpha = opacity;
  context.fillStyle = fill;
  context.beginPath();
  context.moveTo(x.toPixel(kept[0]!), y.toPixel(level));
  for (const k of kept) {
    context.lineTo(x.toPixel(k), y.toPixel(values[k]!));
  }
  context.lineTo(x.toPixel(kept[kept.length - 1]!), y.toPixel(level));
  context.fill();
  context.restore();
}

/** A horizontal line across a pane. */
export function drawLevel(
  context: Context,
  { rect, y }: Pane,
  value: number,
  stroke: Stroke
): void {
  const at = y.toPixel(value);
  if (at < rect.top || at > rect.top + rect.height) {
    return;
  }
  context.save();
  setStroke(context, stroke);
  line(context, rect.left, at, rect.left + rect.width, at);
  context.restore();
}

export type Shape = 'up' | 'down' | 'cross';

/** A mark at a bar: shape says what, colour says it again. */
export function drawMark(
  context: Context,
  { rect, x, y }: Pane,
  bar: number,
  value: number,
  shape: Shape,
  colours: ChartColours,
  colour: string
): void {
  const px = x.toPixel(bar);
  const py = y.toPixel(value);
  if (Number.isNaN(py) || px < rect.left || px > rect.left + rect.width) {
    return;
  }
  context.beginPath();
  if (shape === 'cross') {
    context.moveTo(px - 4, py - 4);
    context.lineTo(px + 4, py + 4);
    context.moveTo(px + 4, py - 4);
    context.lineTo(px - 4, py + 4);
  } else {
    const tip = shape === 'up' ? -6 : 6;
    context.moveTo(px, py + tip);
    context.lineTo(px - 5, py - tip * 0.6);
    context.lineTo(px + 5, py - tip * 0.6);
    context.closePath();
  }
  context.strokeStyle = colours.background;
  context.lineWidth = 4;
  context.stroke();
  if (shape === 'cross') {
    context.strokeStyle = colour;
    context.lineWidth = 1.8;
    context.stroke();
  } else {
    context.fillStyle = colour;
    context.fill();
  }
}

/** Positions bar by bar: long above the line, short below it, flat on it. */
export function drawPositions(
  context: Context,
  rect: Rect,
  x: Axis,
  positions: Int8Array,
  range: { first: number; end: number },
  colours: ChartColours
): void {
  context.save();
  clip(context, rect);
  const middle = rect.top + rect.height / 2;
  const half = rect.height / 2 - 1;
  for (const { value, first, end } of runsOf(
    positions,
    range.first,
    range.end
  )) {
    if (value !== -1 && value !== 0 && value !== 1) {
      continue; // nothing was traded here
    }
    const left = x.toPixel(first - 0.5);
    const width = Math.max(x.toPixel(end - 0.5) - left, 1);
    const [top, height, colour] =
      value === 1
        ? [middle - half, half, colours.long]
        : value === -1
          ? [middle, half, colours.short]
          : [middle - 1, 2, colours.flat];
    context.fillStyle = colour;
    context.fillRect(left, top, width, height);
  }
  context.restore();
}

/** A vertical line through a pane, seen on every background. */
export function drawCross(
  context: Context,
  rect: Rect,
  at: number,
  colours: ChartColours
): void {
  for (const [colour, width] of [
    [colours.background, 3],
    [colours.boundary, 1]
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    line(context, at, rect.top, at, rect.top + rect.height);
  }
}

export function clip(context: Context, rect: Rect): void {
  context.beginPath();
  context.rect(rect.left, rect.top, rect.width, rect.height);
  context.clip();
}

export function line(
  context: Context,
  x0: number,
  y0: number,
  x1: number,
  y1: number
): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function setStroke(context: Context, stroke: Stroke): void {
  context.strokeStyle = stroke.colour;
  context.lineWidth = stroke.width ?? 1;
  context.setLineDash(stroke.dash ?? []);
}
