import { Axis, type Rect } from '../shared/axis';
import {
  drawArea,
  drawBarAxis,
  drawCross,
  drawLevel,
  drawLine,
  drawPositions,
  drawValueAxis,
  line,
  type Pane
} from '../shared/plot';
import { extent, padded } from '../shared/series';
import type { ChartColours } from '../shared/theme';
import type { Viewport } from '../shared/viewport';
import { partAt, type Account, type Trades } from './data';

type Context = CanvasRenderingContext2D;

export const HEIGHT = 330;
const LEAST = 140;
const TOP = 20;
const LEFT = 54;
const STRIP = 18;
const BOTTOM = 22;
const BETWEEN = 22;
/** Share of the drawdown in the height of both panes. */
const DRAWDOWN = 0.27;
const AXIS_LABEL = 222;

export interface Layout {
  profit: Rect;
  drawdown: Rect;
  strip: Rect;
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
  const stripTop = Math.max(whole, LEAST) - BOTTOM - STRIP;
  const drawdown = Math.round(DRAWDOWN * (stripTop - 4 - TOP - BETWEEN));
  const drawdownTop = stripTop - 4 - drawdown;
  return {
    profit: rect(TOP, drawdownTop - BETWEEN - TOP),
    drawdown: rect(drawdownTop, drawdown),
    strip: rect(stripTop, STRIP),
    whole: rect(TOP, stripTop + STRIP - TOP)
  };
}

export function barAxis(layout: Layout, viewport: Viewport): Axis {
  const { left, width } = layout.whole;
  return new Axis(viewport.first, viewport.last, left, width);
}

/** Profit, drawdown and positions; each part starts from nothing. */
export function drawAccount(
  context: Context,
  account: Account,
  viewport: Viewport,
  layout: Layout,
  colours: ChartColours
): void {
  const x = barAxis(layout, viewport);
  const range = viewport.bars;
  const zero = { low: 0, high: 0 };
  const profit = pane(
    layout.profit,
    x,
    padded([extent(account.profit, range.first, range.end), zero])
  );
  const deepest = extent(account.drawdown, range.first, range.end)?.low ?? -1;
  const drawdown = pane(layout.drawdown, x, {
    low: Math.min(deepest * 1.08, -0.1),
    high: 0
  });
  shadeParts(context, account, x, layout, colours);
  drawBarAxis(
    context,
    { rect: layout.strip, x, y: x },
    colours,
    account.times,
    [layout.profit, layout.drawdown]
  );
  drawValueAxis(
    context,
    profit,
    colours,
    account.parts.length > 1
      ? 'profit, % of capital; each part from 0'
      : 'profit, % of capital'
  );
  drawValueAxis(context, drawdown, colours, 'drawdown, %');
  drawLevel(context, profit, 0, { colour: colours.line });
  for (const { first, end } of account.parts) {
    const part = {
      first: Math.max(first, range.first),
      end: Math.min(end, range.end)
    };
    const { alert } = colours;
    drawArea(context, drawdown, account.drawdown, part, 0, alert, 0.3);
    drawLine(context, drawdown, account.drawdown, part, { colour: alert });
    drawLine(context, profit, account.profit, part, {
      colour: colours.text,
      width: 1.5
    });
  }
  drawPositions(context, layout.strip, x, account.positions, range, colours);
  context.fillStyle = colours.faint;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const { left, top } = layout.strip;
  context.fillText('position', left - 6, top + STRIP / 2);
}

/** The marked trade and the crosshair, on a canvas above. */
export function drawMarks(
  context: Context,
  account: Account,
  trades: Trades | null,
  trade: number | null,
  bar: number | null,
  viewport: Viewport,
  layout: Layout,
  colours: ChartColours
): void {
  const x = barAxis(layout, viewport);
  const { left, top, width, height } = layout.whole;
  if (trades !== null && trade !== null && trade < trades.count) {
    const from = Math.max(x.toPixel(trades.entry[trade]!), left);
    const to = Math.min(x.toPixel(trades.exit[trade]!), left + width);
    if (to >= from) {
      const isLong = trades.direction[trade]! > 0;
      context.globalAlpha = 0.25;
      context.fillStyle = isLong ? colours.long : colours.short;
      context.fillRect(from, top, Math.max(to - from, 2), height);
      context.globalAlpha = 1;
      context.strokeStyle = isLong
        ? colours['long-line']
        : colours['short-line'];
      context.lineWidth = 2;
      context.strokeRect(from, top, Math.max(to - from, 2), height);
    }
  }
  const inSight = bar !== null && bar >= viewport.first && bar <= viewport.last;
  if (inSight && partAt(account.parts, bar) !== -1) {
    drawCross(context, layout.whole, x.toPixel(bar), colours);
  }
}

function pane(
  rect: Rect,
  x: Axis,
  { low, high }: { low: number; high: number }
): Pane {
  return {
    rect,
    x,
    y: new Axis(low, high, rect.top + rect.height, -rect.height)
  };
}

/** In sample shaded, out of sample plain; a line and words at the seam say it too. */
function shadeParts(
  context: Context,
  account: Account,
  x: Axis,
  layout: Layout,
  colours: ChartColours
): void {
  const { left, top, width, height } = layout.whole;
  context.textBaseline = 'bottom';
  context.textAlign = 'center';
  account.parts.forEach(({ name, first, end }, k) => {
    const from = Math.max(x.toPixel(first - 0.5), left);
    const to = Math.min(x.toPixel(end - 0.5), left + width);
    if (to <= from) {
      return;
    }
    if (name === 'in sample') {
      context.save();
      context.globalAlpha = 0.1;
      context.fillStyle = colours.focus;
      context.fillRect(from, top, to - from, height);
      context.restore();
    }
    if (k > 0 && from > left) {
      context.strokeStyle = colours.focus;
      context.lineWidth = 1.5;
      line(context, from, top, from, top + height);
    }
    context.fillStyle = colours.text;
    const half = context.measureText(name).width / 2;
    const middle = (from + to) / 2;
    // The axis has its label at the left of the same line.
    if (to - from > 2 * half + 12 && middle - half > AXIS_LABEL) {
      context.fillText(name, middle, top - 3);
    }
  });
}
