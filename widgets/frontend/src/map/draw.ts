import type { Palette } from '../shared/theme';
import type { MapCell, MapData } from './data';
import type { MapLayout } from './geometry';
import { pixels } from './shade';

/** The map as a picture of one pixel a cell, to be drawn at any size. */
export function mapPicture(
  data: MapData,
  dark: boolean,
  most: number
): HTMLCanvasElement {
  const { size, rgba } = pixels(data, dark, most);
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  canvas.getContext('2d')?.putImageData(new ImageData(rgba, size, size), 0, 0);
  return canvas;
}

export function drawMap(
  context: CanvasRenderingContext2D,
  data: MapData,
  picture: HTMLCanvasElement,
  layout: MapLayout,
  palette: Palette
): void {
  const { margin, side } = layout;
  stripes(context, margin, side, palette);
  context.imageSmoothingEnabled = false;
  // Blocks of cells may reach beyond the last symbol.
  const scale = (side / data.size) * Math.ceil(data.size / picture.width);
  context.save();
  context.beginPath();
  context.rect(margin, 0, side, side);
  context.clip();
  context.drawImage(
    picture,
    margin,
    0,
    picture.width * scale,
    picture.height * scale
  );
  context.restore();
  if (margin > 0) {
    names(context, data, layout, palette);
  }
}

/** What shows where there is no test: neither a pale colour nor a strong one. */
function stripes(
  context: CanvasRenderingContext2D,
  margin: number,
  side: number,
  palette: Palette
): void {
  context.save();
  context.beginPath();
  context.rect(margin, 0, side, side);
  context.clip();
  context.strokeStyle = palette.faint;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = -side; at < side; at += 5) {
    context.moveTo(margin + at, side);
    context.lineTo(margin + at + side, 0);
  }
  context.stroke();
  context.restore();
}

function names(
  context: CanvasRenderingContext2D,
  data: MapData,
  { margin, side }: MapLayout,
  palette: Palette
): void {
  const cell = side / data.size;
  context.font = `${Math.min(cell - 1, 11)}px ${palette.font}`;
  context.fillStyle = palette.text;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (let place = 0; place < data.size; place++) {
    const middle = (place + 0.5) * cell;
    const name = shortened(data.symbol(place));
    context.fillText(name, margin - 4, middle);
    context.save();
    context.translate(margin + middle, side + 4);
    context.rotate(-Math.PI / 2);
    context.fillText(name, 0, 0);
    context.restore();
  }
}

function shortened(name: string): string {
  return name.length > 8 ? `${name.slice(0, 7)}…` : name;
}

/** Frames of the pair under the crosshair and of the selected one. */
export function drawMarks(
  context: CanvasRenderingContext2D,
  data: MapData,
  { margin, side }: MapLayout,
  palette: Palette,
  cursor: MapCell | null,
  selected: MapCell | null
): void {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const cell = side / data.size;
  if (cursor !== null) {
    context.strokeStyle = palette.text;
    context.globalAlpha = 0.6;
    context.lineWidth = 1;
    context.beginPath();
    const x = margin + (cursor.column + 0.5) * cell;
    const y = (cursor.row + 0.5) * cell;
    context.moveTo(margin, y);
    context.lineTo(margin + side, y);
    context.moveTo(x, 0);
    context.lineTo(x, side);
    context.stroke();
    context.globalAlpha = 1;
  }
  if (selected !== null) {
    frame(context, margin, cell, selected, palette, 2.5);
    const mirror = { row: selected.column, column: selected.row };
    frame(context, margin, cell, mirror, palette, 1);
  }
}

/** A frame that shows on pale and on strong colours: an orange line inside a line of the page. */
function frame(
  context: CanvasRenderingContext2D,
  margin: number,
  cell: number,
  { row, column }: MapCell,
  palette: Palette,
  width: number
): void {
  const size = Math.max(cell, 5);
  const x = margin + (column + 0.5) * cell - size / 2;
  const y = (row + 0.5) * cell - size / 2;
  context.strokeStyle = palette.background;
  context.lineWidth = width + 2;
  context.strokeRect(x, y, size, size);
  context.strokeStyle = palette.short;
  context.lineWidth = width;
  context.strokeRect(x, y, size, size);
}
