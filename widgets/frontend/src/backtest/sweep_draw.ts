import type { Rect } from '../shared/axis';
import { black, mix, parseColour } from '../shared/colour';
import type { ChartColours } from '../shared/theme';
import { cellText, nameText, valueText, type SweepGrid } from './sweep_grid';

type Context = CanvasRenderingContext2D;

const LEFT = 58;
const TOP = 20;
const BOTTOM = 38;

export function gridRect(width: number, height: number): Rect {
  return {
    left: LEFT,
    top: TOP,
    width: Math.max(width - LEFT - 8, 1),
    height: Math.max(height - TOP - BOTTOM, 1)
  };
}

/** The cell under a pixel, or null. The first row is at the bottom. */
export function cellAt(
  grid: SweepGrid,
  rect: Rect,
  x: number,
  y: number
): { row: number; column: number } | null {
  const column = Math.floor(((x - rect.left) / rect.width) * grid.columns);
  const row =
    grid.rows - 1 - Math.floor(((y - rect.top) / rect.height) * grid.rows);
  const inside =
    column >= 0 && column < grid.columns && row >= 0 && row < grid.rows;
  return inside ? { row, column } : null;
}

export function cellRect(
  grid: SweepGrid,
  rect: Rect,
  { row, column }: { row: number; column: number }
): Rect {
  const left = rect.left + Math.round((column * rect.width) / grid.columns);
  const right =
    rect.left + Math.round(((column + 1) * rect.width) / grid.columns);
  const up = grid.rows - 1 - row;
  const top = rect.top + Math.round((up * rect.height) / grid.rows);
  const bottom = rect.top + Math.round(((up + 1) * rect.height) / grid.rows);
  return { left, top, width: right - left, height: bottom - top };
}

/** Cells in blue where the figure is above zero and in orange below; numbers where they fit. */
export function drawSweep(
  context: Context,
  grid: SweepGrid,
  rect: Rect,
  metric: string,
  colours: ChartColours
): void {
  const figure = grid.figures.get(metric)!;
  const reach = figure.reduce(
    (most, value) => (Math.abs(value) > most ? Math.abs(value) : most),
    0
  );
  const [paper, long, short] = [
    colours.background,
    colours.long,
    colours.short
  ].map(parseColour) as [number[], number[], number[]];
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const point = grid.pointOf(row, column);
      const value = figure[point]!;
      const { left, top, width, height } = cellRect(grid, rect, {
        row,
        column
      });
      if (Number.isNaN(value)) {
        hatch(context, { left, top, width, height }, colours);
        continue;
      }
      const share = reach === 0 ? 0 : Math.abs(value) / reach;
      const fill = mix(paper, value < 0 ? short : long, 0.08 + 0.92 * share);
      context.fillStyle = `rgb(${fill.join(' ')})`;
      context.fillRect(left, top, width, height);
      context.fillStyle = black(fill) ? '#000' : '#fff';
      const text = cellText(metric, value);
      if (height >= 14 && context.measureText(text).width + 4 <= width) {
        context.fillText(text, left + width / 2, top + height / 2);
      }
      if (point === grid.best && width >= 9 && height >= 9) {
        context.save();
        context.font = context.font.replace('12px', '9px');
        context.fillText('★', left + width - 6, top + 6);
        context.restore();
      }
    }
  }
  drawAxes(context, grid, rect, colours);
}

/** Frames of the chosen cell and of the one that the keyboard or mouse is at. */
export function drawFrames(
  context: Context,
  grid: SweepGrid,
  rect: Rect,
  chosen: number | null,
  focused: boolean,
  colours: ChartColours
): void {
  const here = chosen === null ? null : grid.cellOf(chosen);
  if (here !== null) {
    frame(context, cellRect(grid, rect, here), [], colours);
  }
  if (focused) {
    frame(context, cellRect(grid, rect, grid.cursor), [3, 3], colours);
  }
}

function frame(
  context: Context,
  { left, top, width, height }: Rect,
  dash: number[],
  colours: ChartColours
): void {
  const box = [left + 1.5, top + 1.5, width - 3, height - 3] as const;
  context.setLineDash([]);
  context.strokeStyle = colours.background;
  context.lineWidth = 5;
  context.strokeRect(...box);
  context.setLineDash(dash);
  context.strokeStyle = colours.boundary;
  context.lineWidth = 2.5;
  context.strokeRect(...box);
  context.setLineDash([]);
}

/** No rule is made of these parameters. */
function hatch(context: Context, rect: Rect, colours: ChartColours): void {
  context.save();
  context.beginPath();
  context.rect(rect.left, rect.top, rect.width, rect.height);
  context.clip();
  context.strokeStyle = colours['soft-line'];
  context.lineWidth = 1;
  context.beginPath();
  for (let k = -rect.height; k < rect.width; k += 6) {
    context.moveTo(rect.left + k, rect.top + rect.height);
    context.lineTo(rect.left + k + rect.height, rect.top);
  }
  context.stroke();
  context.restore();
}

function drawAxes(
  context: Context,
  grid: SweepGrid,
  rect: Rect,
  colours: ChartColours
): void {
  context.fillStyle = colours.faint;
  context.textBaseline = 'top';
  context.textAlign = 'center';
  const bottom = rect.top + rect.height;
  const across = grid.values[grid.across]!;
  for (const column of shown(grid.columns, rect.width / 46)) {
    const { left, width } = cellRect(grid, rect, { row: 0, column });
    context.fillText(valueText(across[column]!), left + width / 2, bottom + 5);
  }
  context.fillStyle = colours.text;
  context.fillText(
    nameText(grid.names[grid.across]!),
    rect.left + rect.width / 2,
    bottom + 20
  );
  if (grid.up === -1) {
    return;
  }
  const up = grid.values[grid.up]!;
  context.textAlign = 'left';
  context.fillText(nameText(grid.names[grid.up]!), 2, 2);
  context.fillStyle = colours.faint;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const row of shown(grid.rows, rect.height / 18)) {
    const { top, height } = cellRect(grid, rect, { row, column: 0 });
    context.fillText(valueText(up[row]!), rect.left - 6, top + height / 2);
  }
}

/** Evenly spread ones of `count` labels, as many as have room. */
function shown(count: number, room: number): number[] {
  const step = Math.max(Math.ceil(count / Math.max(room, 1)), 1);
  return Array.from({ length: Math.ceil(count / step) }, (_, k) => k * step);
}
