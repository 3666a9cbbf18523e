import { short } from '../shared/format';
import type { Palette } from '../shared/theme';
import {
  flatIndex,
  hasHorizon,
  POSITIONS,
  rowRuns,
  type PolicyData
} from './data';
import {
  columnAxis,
  findCell,
  MARGIN,
  rowAxis,
  spreadLabels,
  ticks,
  type Axis,
  type Cell,
  type Layout,
  type Rect,
  type Run
} from './geometry';
import { colourOf, finiteRange, paint, shareOf } from './scale';
import { actionWords, panelLabel } from './words';

const FONT_SIZE = 12;
const PIXELS_PER_TICK = 84;

/** Draw everything but the crosshair. */
export function drawPolicy(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  layout: Layout,
  palette: Palette,
  thresholds: readonly number[],
  values = false
): void {
  context.clearRect(0, 0, layout.width, layout.height);
  context.font = `${FONT_SIZE}px ${palette.font}`;
  layout.panels.forEach((rect, panel) => {
    const columns = columnAxis(rect, data.columnEdges);
    if (values) {
      drawValues(context, data, panel, rect, columns);
    } else {
      drawCells(context, data, panel, rect, columns, palette);
    }
    drawMean(context, data, rect, columns, palette);
    drawBoundaries(context, data, panel, rect, columns, palette);
    drawBoundaryValues(
      context,
      data,
      panel,
      rect,
      columns,
      palette,
      thresholds
    );
    if (!values) {
      drawRegionWords(context, data, panel, rect, columns, palette);
    }
    drawPanelAxis(context, data, panel, rect, palette);
  });
  drawColumnAxis(context, data, layout, palette);
}

/** Draw the crosshair alone, on a canvas above. */
export function drawCrosshair(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  layout: Layout,
  palette: Palette,
  cell: Cell
): void {
  const rect = layout.panels[cell.panel]!;
  const x = columnAxis(rect, data.columnEdges).toPixel(data.x[cell.column]!);
  const y = rowPixel(data, rect, cell.row);
  const first = layout.panels[0]!;
  const last = layout.panels[layout.panels.length - 1]!;
  // A wide line in the background's colour first: the crosshair stays visible on every fill.
  for (const [colour, width] of [
    [palette.background, 3],
    [palette.boundary, 1]
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x, first.top);
    context.lineTo(x, last.top + last.height);
    if (data.timeToGo.length > 1) {
      context.moveTo(rect.left, y);
      context.lineTo(rect.left + rect.width, y);
    }
    context.stroke();
    // The panel that is read: without rows, a line through it would only strike its words out.
    context.strokeRect(rect.left, rect.top, rect.width, rect.height);
    context.beginPath();
    context.arc(x, y, 5, 0, 2 * Math.PI);
    context.stroke();
  }
}

function drawCells(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  panel: number,
  rect: Rect,
  columns: Axis,
  palette: Palette
): void {
  const rows = rowAxis(rect, data.rowEdges);
  for (const { row, first, end } of bands(data, panel)) {
    const bottom = Math.round(rows.toPixel(data.rowEdges[first]!));
    const top = Math.round(rows.toPixel(data.rowEdges[end]!));
    for (const run of row) {
      const left = columns.toPixel(data.columnEdges[run.first]!);
      const right = columns.toPixel(data.columnEdges[run.last + 1]!);
      context.fillStyle = fill(palette, run.action);
      context.fillRect(left, top, right - left, bottom - top);
    }
  }
}

/** Rows that are alike, as one: boundaries move slowly, so they are few. */
function bands(
  data: PolicyData,
  panel: number
): { row: readonly Run[]; first: number; end: number }[] {
  const found: { row: readonly Run[]; first: number; end: number }[] = [];
  for (let k = 0; k < data.timeToGo.length; k++) {
    const row = rowRuns(data, panel, k);
    const last = found.at(-1);
    if (last !== undefined && alike(last.row, row)) {
      last.end = k + 1;
    } else {
      found.push({ row, first: k, end: k + 1 });
    }
  }
  return found;
}

function alike(one: readonly Run[], other: readonly Run[]): boolean {
  return (
    one.length === other.length &&
    one.every(
      ({ action, last }, k) =>
        action === other[k]!.action && last === other[k]!.last
    )
  );
}

/** The value at each pixel, on one scale for all panels. */
function drawValues(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  panel: number,
  rect: Rect,
  columns: Axis
): void {
  const { value } = data;
  if (value === null) {
    return;
  }
  const [low, high] = finiteRange(value);
  const rows = rowAxis(rect, data.rowEdges);
  const width = Math.round(rect.width);
  const height = Math.round(rect.height);
  const columnOf = Int32Array.from({ length: width }, (_, x) =>
    findCell(data.columnEdges, columns.toValue(rect.left + x + 0.5))
  );
  const startOf = Int32Array.from({ length: height }, (_, y) =>
    flatIndex(data, {
      panel,
      row: findCell(data.rowEdges, rows.toValue(rect.top + y + 0.5)),
      column: 0
    })
  );
  const picture = paint(width, height, (x, y) =>
    colourOf(shareOf(value[startOf[y]! + columnOf[x]!]!, low, high))
  );
  context.drawImage(picture, rect.left, rect.top);
}

function drawMean(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  rect: Rect,
  columns: Axis,
  palette: Palette
): void {
  if (!(data.mean > columns.low && data.mean < columns.high)) {
    return;
  }
  const x = columns.toPixel(data.mean);
  context.save();
  context.strokeStyle = palette.boundary;
  context.globalAlpha = 0.6;
  context.setLineDash([2, 4]);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, rect.top);
  context.lineTo(x, rect.top + rect.height);
  context.stroke();
  context.restore();
}

function drawBoundaries(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  panel: number,
  rect: Rect,
  columns: Axis,
  palette: Palette
): void {
  const rows = rowAxis(rect, data.rowEdges);
  context.strokeStyle = palette.boundary;
  context.lineWidth = 1.5;
  context.beginPath();
  const start = (run: Run): number =>
    columns.toPixel(data.columnEdges[run.first]!);
  let below: readonly Run[] = [];
  for (const { row: here, first, end } of bands(data, panel)) {
    const bottom = rows.toPixel(data.rowEdges[first]!);
    const top = rows.toPixel(data.rowEdges[end]!);
    const sameRegions =
      here.length === below.length &&
      here.every((run, k) => run.action === below[k]!.action);
    for (let k = 1; k < here.length; k++) {
      const x = start(here[k]!);
      context.moveTo(sameRegions ? start(below[k]!) : x, bottom);
      context.lineTo(x, bottom);
      context.lineTo(x, top);
    }
    below = here;
  }
  context.stroke();
}

/** The boundaries' values above the panel: of the row with the most time to go. */
function drawBoundaryValues(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  panel: number,
  rect: Rect,
  columns: Axis,
  palette: Palette,
  thresholds: readonly number[]
): void {
  const starts = rowRuns(data, panel, data.timeToGo.length - 1)
    .slice(1)
    .map(run => run.first);
  const texts = starts.map(first =>
    short(exactBoundary(data, first, thresholds))
  );
  const lefts = spreadLabels(
    starts.map(first => columns.toPixel(data.columnEdges[first]!)),
    texts.map(text => context.measureText(text).width),
    rect.left,
    rect.left + rect.width,
    10
  );
  context.fillStyle = palette.text;
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  lefts?.forEach((left, k) => {
    context.fillText(texts[k]!, left, rect.top - 2);
  });
}

/** The solver's own threshold where one lies at this change of action, else the cell's edge. */
export function exactBoundary(
  data: PolicyData,
  firstColumn: number,
  thresholds: readonly number[]
): number {
  const low = data.x[firstColumn - 1]!;
  const high = data.x[firstColumn]!;
  const slack = 1e-9 * (high - low);
  return (
    thresholds.find(value => value >= low - slack && value <= high + slack) ??
    data.columnEdges[firstColumn]!
  );
}

function drawRegionWords(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  panel: number,
  rect: Rect,
  columns: Axis,
  palette: Palette
): void {
  const row = data.timeToGo.length >> 1;
  const y = rowPixel(data, rect, row);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const run of rowRuns(data, panel, row)) {
    const left = columns.toPixel(data.columnEdges[run.first]!);
    const right = columns.toPixel(data.columnEdges[run.last + 1]!);
    const text = actionWords(POSITIONS[panel]!, run.action);
    if (context.measureText(text).width + 8 <= right - left) {
      context.fillStyle = onFill(palette, run.action);
      context.fillText(text, (left + right) / 2, y);
    }
  }
}

function drawPanelAxis(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  panel: number,
  rect: Rect,
  palette: Palette
): void {
  const label = panelLabel(POSITIONS[panel]!);
  context.fillStyle = palette.text;
  context.textBaseline = 'middle';
  if (!hasHorizon(data.timeToGo)) {
    context.textAlign = 'right';
    context.fillText(label, rect.left - 8, rect.top + rect.height / 2);
    return;
  }
  context.textAlign = 'left';
  context.fillText(label, 2, rect.top + rect.height / 2);
  const rows = rowAxis(rect, data.rowEdges);
  context.textAlign = 'right';
  context.fillStyle = palette.faint;
  const end = data.timeToGo[data.timeToGo.length - 1]!;
  for (const value of ticks(0, end, 3)) {
    context.fillText(
      value === 0 ? '0' : String(Number(value.toPrecision(6))),
      rect.left - 6,
      rows.toPixel(value)
    );
  }
}

function drawColumnAxis(
  context: CanvasRenderingContext2D,
  data: PolicyData,
  layout: Layout,
  palette: Palette
): void {
  const rect = layout.panels[layout.panels.length - 1]!;
  const axis = columnAxis(rect, data.columnEdges);
  const bottom = rect.top + rect.height;
  const values = ticks(
    axis.low,
    axis.high,
    Math.floor(rect.width / PIXELS_PER_TICK)
  );
  context.fillStyle = palette.faint;
  context.strokeStyle = palette.faint;
  context.lineWidth = 1;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.beginPath();
  for (const value of values) {
    const x = axis.toPixel(value);
    context.moveTo(x, bottom);
    context.lineTo(x, bottom + 4);
    context.fillText(
      String(Number(value.toPrecision(6))).replace('-', '−'),
      x,
      bottom + 6
    );
  }
  context.stroke();
  context.fillStyle = palette.text;
  context.fillText(
    hasHorizon(data.timeToGo) ? 'spread x  (upwards: years to go)' : 'spread x',
    rect.left + rect.width / 2,
    layout.height - MARGIN.bottom + 22
  );
}

function rowPixel(data: PolicyData, rect: Rect, row: number): number {
  const rows = rowAxis(rect, data.rowEdges);
  return rows.toPixel((data.rowEdges[row]! + data.rowEdges[row + 1]!) / 2);
}

function fill(palette: Palette, action: number): string {
  return action > 0 ? palette.long : action < 0 ? palette.short : palette.flat;
}

function onFill(palette: Palette, action: number): string {
  return action > 0
    ? palette.onLong
    : action < 0
      ? palette.onShort
      : palette.onFlat;
}
