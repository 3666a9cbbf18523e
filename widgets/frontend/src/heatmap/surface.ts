import { decodeFloat64, type WireArray } from '../shared/codec';
import { short } from '../shared/format';
import type { Palette } from '../shared/theme';
import { findCell, type Cell, type Layout } from './geometry';
import { moveInGrid } from './keys';
import type { LegendItem } from './legend';
import type { Picture } from './picture';
import { colourOf, finiteRange, paint, shareOf } from './scale';

export const LEVELS = [
  'enter_long',
  'exit_long',
  'enter_short',
  'exit_short'
] as const;
export type Level = (typeof LEVELS)[number];

export interface WireSurface {
  /** Ascending, evenly spaced in their logarithm. */
  cost: WireArray;
  kappa: WireArray;
  /** Thresholds by [level as in LEVELS, kappa, cost]. */
  levels: WireArray;
  at_cost: number;
  at_kappa: number;
}

const MARGIN = { left: 78, right: 14, top: 10, bottom: 38 } as const;
const HEIGHT = 330;
const LEAST_HEIGHT = 60;
const FONT_SIZE = 12;

/** One threshold over cost and speed of mean reversion, both on logarithmic axes. */
export class SurfacePicture implements Picture {
  readonly fields = [
    ['cost', 'cost (spread units)'],
    ['kappa', 'kappa (a year)'],
    ['threshold', 'threshold (spread units)']
  ] as const;
  readonly legend: readonly LegendItem[];
  private readonly cost: Float64Array;
  private readonly kappa: Float64Array;
  private readonly values: Float64Array;
  private readonly low: number;
  private readonly high: number;

  constructor(
    private readonly wire: WireSurface,
    private readonly level: Level
  ) {
    this.cost = decodeFloat64(wire.cost).data;
    this.kappa = decodeFloat64(wire.kappa).data;
    const levels = decodeFloat64(wire.levels);
    const wanted = [LEVELS.length, this.kappa.length, this.cost.length];
    if (levels.shape.join() !== wanted.join()) {
      throw new RangeError(
        `surface: "levels" has shape ${levels.shape.join(' x ')}; must be ${wanted.join(' x ')}`
      );
    }
    const size = this.cost.length * this.kappa.length;
    const start = LEVELS.indexOf(level) * size;
    this.values = levels.data.subarray(start, start + size);
    [this.low, this.high] = finiteRange(this.values);
    this.legend = [
      {
        kind: 'scale',
        text: `${words(level)}, spread units: `,
        low: short(this.low),
        high: short(this.high)
      },
      { kind: 'here', text: 'the policy in force' }
    ];
  }

  layout(width: number, room: number | null): Layout {
    const given = (room ?? 0) - MARGIN.top - MARGIN.bottom;
    const height = room === null ? HEIGHT : Math.max(given, LEAST_HEIGHT);
    return {
      width,
      height: MARGIN.top + height + MARGIN.bottom,
      panels: [
        {
          left: MARGIN.left,
          top: MARGIN.top,
          width: Math.max(width - MARGIN.left - MARGIN.right, 1),
          height
        }
      ]
    };
  }

  draw(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette
  ): void {
    const rect = layout.panels[0]!;
    const columns = this.cost.length;
    const rows = this.kappa.length;
    context.clearRect(0, 0, layout.width, layout.height);
    const picture = paint(columns, rows, (x, y) => {
      const value = this.values[(rows - 1 - y) * columns + x]!;
      return Number.isFinite(value)
        ? colourOf(shareOf(value, this.low, this.high))
        : null;
    });
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, rect.left, rect.top, rect.width, rect.height);
    context.font = `${FONT_SIZE}px ${palette.font}`;
    this.drawAxes(context, layout, palette);
    const [x, y] = [
      this.pixel(this.cost, this.wire.at_cost, rect.left, rect.width),
      this.pixel(
        this.kappa,
        this.wire.at_kappa,
        rect.top + rect.height,
        -rect.height
      )
    ];
    for (const [colour, width] of [
      ['#000', 4],
      ['#fff', 2]
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x - 6, y - 6);
      context.lineTo(x + 6, y + 6);
      context.moveTo(x - 6, y + 6);
      context.lineTo(x + 6, y - 6);
      context.stroke();
    }
  }

  drawCrosshair(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette,
    cell: Cell
  ): void {
    const rect = layout.panels[0]!;
    const width = rect.width / this.cost.length;
    const height = rect.height / this.kappa.length;
    const left = rect.left + cell.column * width;
    const top = rect.top + rect.height - (cell.row + 1) * height;
    for (const [colour, line] of [
      [palette.background, 4],
      [palette.boundary, 2]
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.strokeRect(left, top, width, height);
    }
  }

  cellAt(layout: Layout, x: number, y: number): Cell | null {
    const rect = layout.panels[0]!;
    const across = (x - rect.left) / rect.width;
    const up = (rect.top + rect.height - y) / rect.height;
    if (across < 0 || across > 1 || up < 0 || up > 1) {
      return null;
    }
    const cell = (share: number, count: number): number =>
      Math.min(Math.floor(share * count), count - 1);
    return {
      panel: 0,
      row: cell(up, this.kappa.length),
      column: cell(across, this.cost.length)
    };
  }

  move(
    cell: Cell | null,
    key: string,
    shift: boolean
  ): Cell | null | undefined {
    const here = {
      panel: 0,
      row: findCell(this.kappa, this.wire.at_kappa),
      column: findCell(this.cost, this.wire.at_cost)
    };
    return moveInGrid(
      { rows: this.kappa.length, columns: this.cost.length },
      cell,
      here,
      key,
      shift
    );
  }

  readout(cell: Cell): Readonly<Record<string, string>> {
    return {
      cost: short(this.cost[cell.column]!),
      kappa: short(this.kappa[cell.row]!),
      threshold: short(
        this.values[cell.row * this.cost.length + cell.column]!,
        4
      )
    };
  }

  summary(): string {
    return (
      `${words(this.level)} from ${short(this.low)} to ${short(this.high)}, ` +
      `over costs from ${short(this.cost[0]!)} to ${short(this.cost.at(-1)!)} and kappa from ` +
      `${short(this.kappa[0]!)} to ${short(this.kappa.at(-1)!)}.`
    );
  }

  /** Where a value lies on a logarithmic axis of cells. */
  private pixel(
    axis: Float64Array,
    value: number,
    start: number,
    length: number
  ): number {
    const step = Math.log(axis[1]! / axis[0]!);
    const at = Math.log(value / axis[0]!) / step + 0.5;
    return start + (at / axis.length) * length;
  }

  private drawAxes(
    context: CanvasRenderingContext2D,
    layout: Layout,
    palette: Palette
  ): void {
    const rect = layout.panels[0]!;
    const bottom = rect.top + rect.height;
    context.fillStyle = palette.faint;
    context.textBaseline = 'top';
    context.textAlign = 'center';
    for (const value of decades(this.cost)) {
      const x = this.pixel(this.cost, value, rect.left, rect.width);
      context.fillText(short(value, 1), x, bottom + 6);
    }
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (const value of decades(this.kappa)) {
      const y = this.pixel(this.kappa, value, bottom, -rect.height);
      context.fillText(short(value, 1), rect.left - 6, y);
    }
    context.fillStyle = palette.text;
    context.textAlign = 'left';
    context.fillText('kappa', 2, rect.top + rect.height / 2);
    context.textAlign = 'center';
    context.textBaseline = 'top';
    context.fillText(
      'cost (spread units)',
      rect.left + rect.width / 2,
      bottom + 22
    );
  }
}

/** 1, 2 and 5 times the powers of ten inside an ascending axis. */
function decades(axis: Float64Array): number[] {
  const [low, high] = [axis[0]!, axis.at(-1)!];
  const found: number[] = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.log10(high); k++) {
    for (const m of [1, 2, 5]) {
      const value = m * 10 ** k;
      if (value >= low && value <= high) {
        found.push(value);
      }
    }
  }
  return found;
}

export function words(level: Level): string {
  return level.replace('_', ' ');
}
