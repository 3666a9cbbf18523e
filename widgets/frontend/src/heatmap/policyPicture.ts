import { short } from '../shared/format';
import type { Palette } from '../shared/theme';
import { POSITIONS, type PolicyData } from './data';
import { drawCrosshair, drawPolicy } from './draw';
import { cellAt, layoutPanels, type Cell, type Layout } from './geometry';
import { moveCell } from './keys';
import { ACTIONS, MEAN, type LegendItem } from './legend';
import type { Picture } from './picture';
import { finiteRange } from './scale';
import { readout, summary } from './words';

/** The action, or the value, over spread and time to go: a panel for each position held. */
export class PolicyPicture implements Picture {
  readonly fields = [
    ['spread', 'spread x'],
    ['time', 'time to go'],
    ['position', 'holding'],
    ['action', 'action'],
    ['value', 'value (spread units)']
  ] as const;
  readonly legend: readonly LegendItem[];

  constructor(
    readonly data: PolicyData,
    private readonly thresholds: readonly number[],
    private readonly show: 'action' | 'value'
  ) {
    this.legend = [...(show === 'action' ? ACTIONS : [this.scale()]), MEAN];
  }

  layout(width: number, room: number | null): Layout {
    return layoutPanels(
      width,
      POSITIONS.length,
      this.data.timeToGo.length,
      room
    );
  }

  draw(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette
  ): void {
    drawPolicy(
      context,
      this.data,
      layout,
      palette,
      this.thresholds,
      this.show === 'value'
    );
  }

  drawCrosshair(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette,
    cell: Cell
  ): void {
    drawCrosshair(context, this.data, layout, palette, cell);
  }

  cellAt(layout: Layout, x: number, y: number): Cell | null {
    return cellAt(layout, this.data.columnEdges, this.data.rowEdges, x, y);
  }

  move(
    cell: Cell | null,
    key: string,
    shift: boolean
  ): Cell | null | undefined {
    return moveCell(this.data, cell, key, shift);
  }

  readout(cell: Cell): Readonly<Record<string, string>> {
    return { ...readout(this.data, cell) };
  }

  summary(): string {
    return summary(this.data);
  }

  private scale(): LegendItem {
    const [low, high] = finiteRange(this.data.value ?? new Float64Array());
    return {
      kind: 'scale',
      text: 'value, spread units: ',
      low: short(low),
      high: short(high)
    };
  }
}
