import { decodeFloat64, type WireArray } from '../shared/codec';
import { short } from '../shared/format';
import type { Palette } from '../shared/theme';
import { POSITIONS } from './data';
import {
  cellAt,
  cellEdges,
  columnAxis,
  layoutPanels,
  ticks,
  type Cell,
  type Layout
} from './geometry';
import { moveInGrid } from './keys';
import { ACTIONS, type LegendItem } from './legend';
import type { Picture } from './picture';
import { panelLabel } from './words';

export interface WireUncertainty {
  /** Ascending spreads. */
  x: WireArray;
  /** Probability that each action is optimal, by [position -1, 0, 1; action -1, 0, 1; spread]. */
  probability: WireArray;
  /** Name, estimate, low and high end of the interval, and robust level of each threshold. */
  rows: [string, number, number, number, number][];
  level: number;
  draws: number;
}

/** How sure the action is: its probability over the spread, given what the fit leaves open. */
export class UncertaintyPicture implements Picture {
  readonly fields = [
    ['spread', 'spread x'],
    ['position', 'holding'],
    ['long', 'be long'],
    ['flat', 'be flat'],
    ['short', 'be short']
  ] as const;
  readonly legend: readonly LegendItem[] = ACTIONS;
  private readonly x: Float64Array;
  private readonly edges: Float64Array;
  private readonly probability: Float64Array;

  constructor(private readonly wire: WireUncertainty) {
    this.x = decodeFloat64(wire.x).data;
    this.edges = cellEdges(this.x);
    const found = decodeFloat64(wire.probability);
    if (found.shape.join() !== [3, 3, this.x.length].join()) {
      throw new RangeError(
        `uncertainty: "probability" has shape ${found.shape.join(' x ')}; ` +
          `must be 3 x 3 x ${this.x.length}`
      );
    }
    this.probability = found.data;
  }

  layout(width: number, room: number | null): Layout {
    // Two rows and more make panels that have a height to read.
    return layoutPanels(width, POSITIONS.length, 2, room);
  }

  draw(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette
  ): void {
    context.clearRect(0, 0, layout.width, layout.height);
    context.font = `12px ${palette.font}`;
    const fills = { 1: palette.long, 0: palette.flat, [-1]: palette.short };
    layout.panels.forEach((rect, panel) => {
      const axis = columnAxis(rect, this.edges);
      for (let column = 0; column < this.x.length; column++) {
        const left = axis.toPixel(this.edges[column]!);
        const width = axis.toPixel(this.edges[column + 1]!) - left;
        let bottom = rect.top + rect.height;
        for (const action of [1, 0, -1] as const) {
          const height = rect.height * this.at(panel, action, column);
          context.fillStyle = fills[action];
          // Half a pixel over the edge: no seams between neighbours.
          context.fillRect(left, bottom - height, width + 0.5, height);
          bottom -= height;
        }
      }
      this.drawLevels(context, layout, panel, palette);
      context.fillStyle = palette.text;
      context.textAlign = 'left';
      context.textBaseline = 'middle';
      context.fillText(
        panelLabel(POSITIONS[panel]!),
        2,
        rect.top + rect.height / 2
      );
      context.fillStyle = palette.faint;
      context.textAlign = 'right';
      context.fillText('1', rect.left - 6, rect.top + 6);
      context.fillText('0', rect.left - 6, rect.top + rect.height - 6);
    });
    this.drawAxis(context, layout, palette);
  }

  drawCrosshair(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette,
    cell: Cell
  ): void {
    const rect = layout.panels[cell.panel]!;
    const x = columnAxis(rect, this.edges).toPixel(this.x[cell.column]!);
    for (const [colour, width] of [
      [palette.background, 3],
      [palette.boundary, 1]
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x, rect.top);
      context.lineTo(x, rect.top + rect.height);
      context.stroke();
      context.strokeRect(rect.left, rect.top, rect.width, rect.height);
    }
  }

  cellAt(layout: Layout, x: number, y: number): Cell | null {
    return cellAt(layout, this.edges, Float64Array.of(0, 1), x, y);
  }

  move(
    cell: Cell | null,
    key: string,
    shift: boolean
  ): Cell | null | undefined {
    // Panels are rows to the keyboard; the first panel is at the top.
    const flipped = (from: Cell): Cell => ({
      panel: 0,
      row: POSITIONS.length - 1 - from.panel,
      column: from.column
    });
    const middle = { panel: 1, row: 0, column: this.x.length >> 1 };
    const moved = moveInGrid(
      { rows: POSITIONS.length, columns: this.x.length },
      cell === null ? null : flipped(cell),
      flipped(middle),
      key,
      shift
    );
    return moved
      ? {
          panel: POSITIONS.length - 1 - moved.row,
          row: 0,
          column: moved.column
        }
      : moved;
  }

  readout(cell: Cell): Readonly<Record<string, string>> {
    const share = (action: -1 | 0 | 1): string =>
      `${(100 * this.at(cell.panel, action, cell.column)).toFixed(0)} %`;
    return {
      spread: short(this.x[cell.column]!, 4),
      position: panelLabel(POSITIONS[cell.panel]!).replace('if ', ''),
      long: share(1),
      flat: share(0),
      short: share(-1)
    };
  }

  summary(): string {
    const level = `${100 * this.wire.level} %`;
    const rows = this.wire.rows.map(
      ([name, estimate, low, high, robust]) =>
        `${name.replace('_', ' ')} ${short(estimate)}, ${level} interval ` +
        `${short(low)} to ${short(high)}, robust ${short(robust)}`
    );
    return `Thresholds over ${this.wire.draws} draws: ${rows.join('; ')}.`;
  }

  private at(panel: number, action: -1 | 0 | 1, column: number): number {
    const position = POSITIONS[panel]! + 1;
    return this.probability[
      (position * 3 + action + 1) * this.x.length + column
    ]!;
  }

  /** The estimate's own thresholds: what is traded if the uncertainty is not looked at. */
  private drawLevels(
    context: CanvasRenderingContext2D,
    layout: Layout,
    panel: number,
    palette: Palette
  ): void {
    const rect = layout.panels[panel]!;
    const axis = columnAxis(rect, this.edges);
    const ofPanel = [
      ['exit_long', 'enter_short'],
      ['enter_long', 'enter_short'],
      ['exit_short', 'enter_long']
    ][panel]!;
    context.strokeStyle = palette.boundary;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [name, estimate] of this.wire.rows) {
      if (
        ofPanel.includes(name) &&
        estimate > axis.low &&
        estimate < axis.high
      ) {
        const x = axis.toPixel(estimate);
        context.moveTo(x, rect.top);
        context.lineTo(x, rect.top + rect.height);
      }
    }
    context.stroke();
  }

  private drawAxis(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette
  ): void {
    const rect = layout.panels.at(-1)!;
    const axis = columnAxis(rect, this.edges);
    const bottom = rect.top + rect.height;
    context.fillStyle = palette.faint;
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (const value of ticks(
      axis.low,
      axis.high,
      Math.floor(rect.width / 84)
    )) {
      const text = String(Number(value.toPrecision(6))).replace('-', '−');
      context.fillText(text, axis.toPixel(value), bottom + 6);
    }
    context.fillStyle = palette.text;
    context.fillText(
      'spread x  (upwards: probability of each action)',
      rect.left + rect.width / 2,
      bottom + 22
    );
  }
}
