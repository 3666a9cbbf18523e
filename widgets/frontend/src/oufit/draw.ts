import { Axis, type Rect } from '../shared/axis';
import { short } from '../shared/format';
import {
  clip,
  drawBarAxis,
  drawCross,
  drawCurve,
  drawLevel,
  drawLine,
  drawNumberAxis,
  drawValueAxis,
  line,
  type Pane
} from '../shared/plot';
import { extent, padded } from '../shared/series';
import type { ChartColours } from '../shared/theme';
import type { Viewport } from '../shared/viewport';
import type { Fit } from './data';

type Context = CanvasRenderingContext2D;

export interface Size {
  width: number;
  height: number;
}

const TOP = 20;
const LEFT = 54;

export function spreadRect({ width, height }: Size): Rect {
  return {
    left: LEFT,
    top: TOP,
    width: Math.max(width - LEFT - 10, 1),
    height: height - TOP - 24
  };
}

/** A chart lower than this has no room for a line of its own below the numbers. */
const LOW = 120;

function smallRect({ width, height }: Size): Rect {
  return {
    left: LEFT - 10,
    top: TOP,
    width: Math.max(width - LEFT - 2, 1),
    height: Math.max(height - TOP - (height < LOW ? 20 : 38), 1)
  };
}

/** Numbers below, and what they are: below those, or above the chart at the right. */
function drawAcross(
  context: Context,
  where: Pane,
  { height }: Size,
  colours: ChartColours,
  label: string
): void {
  const low = height < LOW;
  drawNumberAxis(context, where, colours, low ? '' : label);
  if (low) {
    const { left, top, width } = where.rect;
    context.fillStyle = colours.text;
    context.textAlign = 'right';
    context.textBaseline = 'bottom';
    context.fillText(label, left + width, top - 3);
  }
}

function pane(
  rect: Rect,
  across: { low: number; high: number },
  up: { low: number; high: number }
): Pane {
  return {
    rect,
    x: new Axis(across.low, across.high, rect.left, rect.width),
    y: new Axis(up.low, up.high, rect.top + rect.height, -rect.height)
  };
}

/** The spread with its mean, and bands of one and two stationary standard deviations. */
export function drawFitted(
  context: Context,
  size: Size,
  fit: Fit,
  viewport: Viewport,
  colours: ChartColours
): void {
  const rect = spreadRect(size);
  const { theta, stationary_sd: sd } = fit;
  const { first, end } = viewport.bars;
  const bands = { low: theta - 2 * sd, high: theta + 2 * sd };
  const where = pane(
    rect,
    { low: viewport.first, high: viewport.last },
    padded([extent(fit.spread, first, end), bands])
  );
  drawBarAxis(context, where, colours, fit.times);
  drawValueAxis(
    context,
    where,
    colours,
    'spread, its mean θ and 2 stationary s.d. either side'
  );
  context.save();
  clip(context, rect);
  context.globalAlpha = 0.12;
  context.fillStyle = colours.accent;
  const top = where.y.toPixel(bands.high);
  context.fillRect(
    rect.left,
    top,
    rect.width,
    where.y.toPixel(bands.low) - top
  );
  context.restore();
  for (const value of [bands.low, bands.high]) {
    drawLevel(context, where, value, { colour: colours.accent, dash: [2, 3] });
  }
  drawLevel(context, where, theta, { colour: colours.accent, width: 1.5 });
  drawLine(context, where, fit.spread, viewport.bars, { colour: colours.text });
}

export function drawFittedCross(
  context: Context,
  size: Size,
  viewport: Viewport,
  bar: number | null,
  colours: ChartColours
): void {
  const rect = spreadRect(size);
  const x = new Axis(viewport.first, viewport.last, rect.left, rect.width);
  if (bar !== null && bar >= viewport.first && bar <= viewport.last) {
    drawCross(context, rect, x.toPixel(bar), colours);
  }
}

/** The histogram of the spread, and the density that the fit goes to in the long run. */
export function drawDensity(
  context: Context,
  size: Size,
  fit: Fit,
  colours: ChartColours
): void {
  const { edges, density, x, stationary } = fit;
  const rect = smallRect(size);
  const most = Math.max(
    extent(density, 0, density.length)?.high ?? 0,
    extent(stationary, 0, stationary.length)?.high ?? 0
  );
  const where = pane(
    rect,
    { low: x[0]!, high: x[x.length - 1]! },
    { low: 0, high: 1.06 * most }
  );
  drawValueAxis(context, where, colours, 'density');
  drawAcross(context, where, size, colours, 'spread');
  context.fillStyle = colours.flat;
  for (let k = 0; k < density.length; k++) {
    const left = where.x.toPixel(edges[k]!);
    const top = where.y.toPixel(density[k]!);
    const width = where.x.toPixel(edges[k + 1]!) - left - 1;
    context.fillRect(
      left,
      top,
      Math.max(width, 1),
      rect.top + rect.height - top
    );
  }
  drawCurve(context, where, x, stationary, {
    colour: colours.accent,
    width: 2
  });
}

/** Autocorrelations of the spread, and exp(-kappa lag). */
export function drawAcf(
  context: Context,
  size: Size,
  fit: Fit,
  colours: ChartColours
): void {
  const { acf, model_acf: model } = fit;
  const rect = smallRect(size);
  const last = acf.length - 1;
  const seen = extent(acf, 0, acf.length) ?? { low: 0, high: 1 };
  const where = pane(
    rect,
    { low: -0.5, high: last + 0.5 },
    { low: Math.min(seen.low - 0.05, 0), high: 1.04 }
  );
  drawValueAxis(context, where, colours, 'autocorrelation');
  drawAcross(context, where, size, colours, 'lag, bars');
  context.fillStyle = colours.flat;
  const zero = where.y.toPixel(0);
  // Bars of less than three pixels touch: gaps between them would be a pattern of their own.
  const pitch = rect.width / (last + 1);
  const width = pitch < 3 ? pitch + 0.5 : pitch - 1;
  for (let k = 0; k <= last; k++) {
    const at = where.y.toPixel(acf[k]!);
    context.fillRect(
      where.x.toPixel(k) - width / 2,
      Math.min(at, zero),
      width,
      Math.abs(zero - at)
    );
  }
  drawCurve(
    context,
    where,
    Float64Array.from(model, (_, k) => k),
    model,
    { colour: colours.accent, width: 2 }
  );
}

/** Innovations against normal quantiles: on the line where the model is right. */
export function drawQuantiles(
  context: Context,
  size: Size,
  fit: Fit,
  colours: ChartColours
): void {
  const { qq_theoretical: normal, qq_sample: sample } = fit;
  const rect = smallRect(size);
  const where = pane(
    rect,
    padded([extent(normal, 0, normal.length)]),
    padded([extent(sample, 0, sample.length)])
  );
  drawValueAxis(context, where, colours, 'innovation, s.d.');
  drawAcross(context, where, size, colours, 'normal quantile');
  context.save();
  clip(context, rect);
  context.strokeStyle = colours.accent;
  context.lineWidth = 2;
  const { low, high } = where.x;
  line(
    context,
    where.x.toPixel(low),
    where.y.toPixel(low),
    where.x.toPixel(high),
    where.y.toPixel(high)
  );
  context.fillStyle = colours.text;
  context.globalAlpha = 0.75;
  for (let k = 0; k < normal.length; k++) {
    context.fillRect(
      where.x.toPixel(normal[k]!) - 1.25,
      where.y.toPixel(sample[k]!) - 1.25,
      2.5,
      2.5
    );
  }
  context.restore();
}

/** What the three small pictures show, for who can't see them. */
export function describe(fit: Fit): Record<'density' | 'acf' | 'qq', string> {
  const sample = fit.qq_sample;
  const halfLife = Math.min(Math.round(fit.half_life_bars), fit.acf.length - 1);
  return {
    density:
      `Histogram of the spread with the stationary density, normal with mean ` +
      `${short(fit.theta)} and standard deviation ${short(fit.stationary_sd)}.`,
    acf:
      `Autocorrelations of lags 0 to ${fit.acf.length - 1}. At lag ${halfLife} the sample has ` +
      `${short(fit.acf[halfLife]!)}, the model ${short(fit.model_acf[halfLife]!)}.`,
    qq:
      `Quantiles of the innovations against normal ones, from ${short(sample[0]!)} to ` +
      `${short(sample[sample.length - 1]!)} standard deviations where a normal sample goes from ` +
      `${short(fit.qq_theoretical[0]!)} to ${short(fit.qq_theoretical[sample.length - 1]!)}.`
  };
}
