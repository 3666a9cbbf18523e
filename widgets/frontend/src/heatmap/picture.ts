import type { Palette } from '../shared/theme';
import type { Cell, Layout } from './geometry';
import type { LegendItem } from './legend';

/** One of the things that the view can show of a policy: what it draws and what it says. */
export interface Picture {
  /** Names and labels of the numbers under the crosshair. */
  readonly fields: readonly (readonly [name: string, label: string])[];
  readonly legend: readonly LegendItem[];
  /** `room` is the height there is, null where the picture chooses its own. */
  layout(width: number, room: number | null): Layout;
  draw(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette
  ): void;
  drawCrosshair(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette,
    cell: Cell
  ): void;
  cellAt(layout: Layout, x: number, y: number): Cell | null;
  /** As `moveCell`: a new cell, null to hide the crosshair, undefined for another key. */
  move(cell: Cell | null, key: string, shift: boolean): Cell | null | undefined;
  readout(cell: Cell): Readonly<Record<string, string>>;
  /** Everything in words, for those who cannot see the picture. */
  summary(): string;
}
