import { Axis, type Rect } from '../shared/axis';
import {
  drawBarAxis,
  drawCross,
  drawLevel,
  drawLine,
  drawValueAxis,
  type Pane
} from '../shared/plot';
import { extent, padded, type Extent } from '../shared/series';
import type { ChartColours } from '../shared/theme';
import type { Viewport } from '../shared/viewport';
import type { Curve } from './data';

type Context = CanvasRenderingContext2D;

export const HEIGHT = 270;
const LEAST = 150;
const TOP = 20;
const LEFT = 66;
const BOTTOM = 22;
const BETWEEN = 24;
/** Share of the exposures in the height of both panes. */
const EXPOSURE = 0.4;

export interface Layout {
  equity: Rect;
  exposure: Rect;
  whole: Rect;
}

export function layoutOf(width: number, whole: number): Layout {
  const inner = Math.max(width - LEFT - 8, 1);
  const rect = (top: number, height: number): Rect => ({
    left: LEFT,
    top,
    width: inner,
    height
  });
  const room = Math.max(whole, LEAST) - TOP - BETWEEN - BOTTOM;
  const exposure = Math.round(EXPOSURE * room);
  const exposureTop = TOP + (room - exposure) + BETWEEN;
  return {
    equity: rect(TOP, room - exposure),
    exposure: rect(exposureTop, exposure),
    whole: rect(TOP, room + BETWEEN)
  };
}

export function barAxis({ whole }: Layout, viewport: Viewport): Axis {
  return new Axis(viewport.first, viewport.last, whole.left, whole.width);
}

/** Equity above, gross (solid) and net (dashed) exposure below. */
export function drawCurve(
  context: Context,
  curve: Curve,
  capital: number,
  viewport: Viewport,
  layout: Layout,
  colours: ChartColours
): void {
  const x = barAxis(layout, viewport);
  const range = viewport.bars;
  const seen = (values: Float64Array): Extent | null =>
    extent(values, range.first, range.end);
  const equity = pane(
    layout.equity,
    x,
    padded([seen(curve.equity), { low: capital, high: capital }])
  );
  const share = (values: Float64Array): Float64Array =>
    values.map(value => (100 * value) / capital);
  const [gross, net] = [share(curve.gross), share(curve.net)];
  const exposure = pane(
    layout.exposure,
    x,
    padded([seen(gross), seen(net), { low: 0, high: 0 }])
  );
  drawBarAxis(
    context,
    { rect: layout.exposure, x, y: x },
    colours,
    curve.times,
    [layout.equity]
  );
  drawValueAxis(context, equity, colours, 'equity');
  drawLevel(context, equity, capital, { colour: colours.line, dash: [4, 3] });
  drawLine(context, equity, curve.equity, range, {
    colour: colours.text,
    width: 1.5
  });
  drawValueAxis(
    context,
    exposure,
    colours,
    'gross exposure, % of capital; net dashed'
  );
  drawLevel(context, exposure, 0, { colour: colours.line });
  drawLine(context, exposure, gross, range, { colour: colours.accent });
  drawLine(context, exposure, net, range, {
    colour: colours.second,
    dash: [5, 3]
  });
}

export function drawCrosshair(
  context: Context,
  bar: number | null,
  viewport: Viewport,
  layout: Layout,
  colours: ChartColours
): void {
  if (bar !== null && bar >= viewport.first && bar <= viewport.last) {
    const at = barAxis(layout, viewport).toPixel(bar);
    drawCross(context, layout.whole, at, colours);
  }
}

function pane(rect: Rect, x: Axis, { low, high }: Extent): Pane {
  return {
    rect,
    x,
    y: new Axis(low, high, rect.top + rect.height, -rect.height)
  };
}
