import { ChartCanvas } from '../shared/canvas';
import { Readout } from '../shared/controls';
import { element, oncePerFrame, type Cleanup } from '../shared/dom';
import { integer, short } from '../shared/format';
import type { ChartColours } from '../shared/theme';
import { cellAt, drawFrames, drawSweep, gridRect } from './sweep_draw';
import { metricText, nameText, valueText, type SweepGrid } from './sweep_grid';

const HEIGHT = 250;
const KEYS =
  'Arrow keys move between cells, Enter loads the backtest of a cell, Home goes to the best one.';

export interface SweepHost {
  colours(): ChartColours;
  /** A figure was picked to colour the cells by. */
  metricPicked(metric: string): void;
  /** A cell was chosen. */
  chosen(point: number): void;
}

/** The cells of a sweep, of which one is loaded. */
export class SweepPanel {
  readonly node = element('div', 'jp-SpreadlabSweep');
  private readonly heading = element('h4', 'jp-SpreadlabBacktest-heading');
  private readonly tools = element('div', 'jp-Spreadlab-tools');
  private readonly chart = new ChartCanvas(HEIGHT, 'heatmap of a sweep');
  private readonly numbers = new Readout([
    ['parameters', 'cell'],
    ['figure', 'sharpe'],
    ['trades', 'trades']
  ]);
  private grid: SweepGrid | null = null;
  private metric = 'sharpe';
  private point: number | null = null;
  private pointed = false;
  readonly redraw = oncePerFrame(() => {
    this.draw();
  });
  private readonly redrawOverlay = oncePerFrame(() => {
    this.drawOverlay();
  });

  constructor(
    cleanup: Cleanup,
    private readonly host: SweepHost
  ) {
    this.node.append(
      this.heading,
      this.tools,
      this.chart.node,
      this.numbers.node
    );
    const { overlay } = this.chart;
    overlay.title = KEYS;
    this.chart.onResize(cleanup, this.redraw.request);
    cleanup.listen(overlay, 'keydown', event => {
      this.press(event);
    });
    for (const type of ['pointermove', 'pointerdown'] as const) {
      cleanup.listen(overlay, type, event => {
        this.pointAt(event);
      });
    }
    cleanup.listen(overlay, 'click', event => {
      this.pointAt(event);
      this.choose();
    });
    cleanup.listen(overlay, 'pointerleave', () => {
      this.pointed = false;
      this.redrawOverlay.request();
    });
    for (const type of ['focus', 'blur'] as const) {
      cleanup.listen(overlay, type, this.redrawOverlay.request);
    }
    cleanup.add(() => {
      this.redraw.cancel();
      this.redrawOverlay.cancel();
    });
  }

  show(grid: SweepGrid | null): void {
    this.grid = grid;
    this.node.hidden = grid === null;
    if (grid === null) {
      return;
    }
    this.heading.textContent =
      `Sweep of ${grid.rule}: ${integer(grid.trials)} points that trade, worth ` +
      `${short(grid.effectiveTrials)} independent trials`;
    this.buildTools(grid);
    this.showCell();
    this.redraw.request();
  }

  showMetric(metric: string): void {
    this.metric = metric;
    const select = this.tools.querySelector('select');
    if (select !== null) {
      select.value = metric;
    }
    this.showCell();
    this.redraw.request();
  }

  showPoint(point: number | null): void {
    this.point = point;
    if (point !== null && this.grid !== null) {
      this.grid.goTo(point);
      this.buildTools(this.grid);
    }
    this.showCell();
    this.redraw.request();
  }

  private buildTools(grid: SweepGrid): void {
    const metrics = choice(
      'coloured by',
      [...grid.figures.keys()].map(name => [name, nameText(name)]),
      this.metric,
      metric => {
        this.host.metricPicked(metric);
      }
    );
    const held = grid.names.flatMap((name, axis) =>
      axis === grid.across || axis === grid.up
        ? []
        : [
            choice(
              nameText(name),
              [...grid.values[axis]!].map((value, k) => [
                String(k),
                valueText(value)
              ]),
              String(grid.at[axis]),
              index => {
                grid.at[axis] = Number(index);
                this.showCell();
                this.redraw.request();
              }
            )
          ]
    );
    this.tools.replaceChildren(metrics, ...held);
  }

  private draw(): void {
    const colours = this.host.colours();
    const context = this.chart.clear(colours.font);
    if (context !== null && this.grid !== null && this.chart.width > 0) {
      drawSweep(
        context,
        this.grid,
        gridRect(this.chart.width, this.chart.height),
        this.metric,
        colours
      );
    }
    this.drawOverlay();
  }

  private drawOverlay(): void {
    const colours = this.host.colours();
    const context = this.chart.clearOverlay(colours.font, this.grid !== null);
    if (context !== null && this.grid !== null) {
      drawFrames(
        context,
        this.grid,
        gridRect(this.chart.width, this.chart.height),
        this.point,
        this.pointed || document.activeElement === this.chart.overlay,
        colours
      );
    }
  }

  private showCell(): void {
    const { grid, metric } = this;
    if (grid === null) {
      return;
    }
    const point = grid.point(grid.at);
    const parameters = grid.names
      .map((name, axis) => {
        const value = grid.values[axis]![grid.at[axis]!]!;
        return `${nameText(name)} ${valueText(value)}`;
      })
      .join(', ');
    const star = point === grid.best ? ' ★ best Sharpe ratio' : '';
    this.numbers.label('figure', nameText(metric));
    this.numbers.show({
      parameters: grid.trades(point)
        ? parameters + star
        : `${parameters}: no rule of these`,
      figure: metricText(metric, grid.figure(metric, point)),
      trades: metricText('n_trades', grid.figure('n_trades', point))
    });
    this.chart.overlay.setAttribute(
      'aria-label',
      `${nameText(metric)} over ${grid.names.map(nameText).join(' and ')}, ` +
        `${grid.columns} by ${grid.rows} cells, blue above zero, orange below. ${KEYS}`
    );
    this.redrawOverlay.request();
  }

  private pointAt(event: MouseEvent): void {
    const { grid } = this;
    const rect = gridRect(this.chart.width, this.chart.height);
    const cell =
      grid === null ? null : cellAt(grid, rect, event.offsetX, event.offsetY);
    this.pointed = cell !== null;
    if (grid !== null && cell !== null) {
      grid.goTo(grid.pointOf(cell.row, cell.column));
      this.showCell();
    }
  }

  private choose(): void {
    const { grid } = this;
    const point = grid?.point(grid.at);
    if (point !== undefined && grid!.trades(point)) {
      this.host.chosen(point);
    }
  }

  private press(event: KeyboardEvent): void {
    const { grid } = this;
    if (grid === null || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1]
    };
    const move = moves[event.key];
    if (move !== undefined) {
      grid.step(...move);
    } else if (event.key === 'Home' && grid.best !== null) {
      grid.goTo(grid.best);
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.choose();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.showCell();
  }
}

function choice(
  label: string,
  options: readonly (readonly [string, string])[],
  chosen: string,
  changed: (value: string) => void
): HTMLElement {
  const node = element('label', 'jp-SpreadlabSweep-choice', {}, `${label} `);
  const select = element('select', 'jp-SpreadlabSweep-select', {
    'data-lm-suppress-shortcuts': 'true'
  });
  for (const [value, text] of options) {
    select.append(element('option', '', { value }, text));
  }
  select.value = chosen;
  select.addEventListener('change', () => {
    changed(select.value);
  });
  node.append(select);
  return node;
}
