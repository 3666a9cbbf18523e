import { element } from '../shared/dom';
import { short } from '../shared/format';
import type { Fit, Parameter } from './data';

const SVG = 'http://www.w3.org/2000/svg';
export const WIDTH = 148;
const HEIGHT = 20;
/** Pixels of a factor of two, or of one stationary standard deviation. */
const UNIT = 34;
const EDGE = 6;

/** Where a value stands in the plot of its parameter: the estimate is in the middle. */
export function place(
  parameter: Parameter,
  value: number,
  stationarySd: number
): number {
  const { estimate, scale } = parameter;
  const units =
    scale === 'ratio'
      ? Math.log2(value / estimate)
      : (value - estimate) / stationarySd;
  return WIDTH / 2 + UNIT * units;
}

/** Both ends of an interval in pixels, and whether each is beyond the plot. */
export function whisker(
  parameter: Parameter,
  stationarySd: number
): { low: number; high: number; cutLow: boolean; cutHigh: boolean } {
  const at = (value: number | null, none: number): number =>
    value === null || (value <= 0 && parameter.scale === 'ratio')
      ? none
      : place(parameter, value, stationarySd);
  const low = at(parameter.low, -Infinity);
  const high = at(parameter.high, Infinity);
  return {
    low: Math.max(low, EDGE),
    high: Math.min(high, WIDTH - EDGE),
    cutLow: low < EDGE,
    cutHigh: high > WIDTH - EDGE
  };
}

export function intervalText({ low, high, scale }: Parameter): string {
  const floor = scale === 'ratio' ? '0' : '−∞';
  return `[${low === null ? floor : short(low)}, ${high === null ? '∞' : short(high)}]`;
}

/** Parameters with their intervals, as a table whose last column is drawn. */
export class Forest {
  readonly node = element('table', 'jp-SpreadlabFit-table');

  show(fit: Fit | null, level: number): void {
    const percent = `${Number((100 * level).toPrecision(3))} %`;
    const head = element('thead', '');
    const heads = element('tr', '');
    heads.append(
      element('th', '', { scope: 'col' }, 'parameter'),
      element('th', '', { scope: 'col' }, 'estimate'),
      element('th', '', { scope: 'col' }, `${percent} interval`),
      scaleHead()
    );
    head.append(heads);
    const body = element('tbody', '');
    body.append(
      ...(fit === null
        ? ['κ, speed', 'half-life', 'σ, volatility', 'θ, mean'].map(emptyRow)
        : fit.parameters.map(parameter => row(parameter, fit.stationary_sd)))
    );
    const caption = element(
      'caption',
      '',
      {},
      'Dot: estimate. Bar: interval over the estimate; for θ in stationary s.d., a mark each.'
    );
    this.node.replaceChildren(caption, head, body);
  }
}

function row(parameter: Parameter, stationarySd: number): HTMLElement {
  const { label, unit, estimate, name, stderr } = parameter;
  const node = element('tr', '', { 'data-parameter': name });
  const head = element('th', '', { scope: 'row' }, label);
  head.append(element('span', 'jp-SpreadlabFit-unit', {}, ` ${unit}`));
  const title =
    stderr === null
      ? String(estimate)
      : `${estimate}, standard error ${short(stderr)}`;
  const picture = element('td', 'jp-SpreadlabFit-forest');
  picture.append(plot(parameter, stationarySd));
  node.append(
    head,
    element('td', '', { title, 'data-kind': 'estimate' }, short(estimate)),
    element(
      'td',
      '',
      { 'data-kind': 'interval', title: fullInterval(parameter) },
      intervalText(parameter)
    ),
    picture
  );
  return node;
}

function fullInterval({ low, high }: Parameter): string {
  return `from ${low ?? 'no lower end'} to ${high ?? 'no upper end'}`;
}

function emptyRow(label: string): HTMLElement {
  const node = element('tr', '');
  node.append(
    element('th', '', { scope: 'row' }, label),
    element('td', '', {}, '–'),
    element('td', '', {}, '–'),
    element('td', 'jp-SpreadlabFit-forest')
  );
  return node;
}

function scaleHead(): HTMLElement {
  const node = element('th', 'jp-SpreadlabFit-forest', {
    scope: 'col',
    'aria-label': 'picture of the interval'
  });
  const svg = canvas();
  ['¼ ×', '½', '1', '2', '4 ×'].forEach((text, k) => {
    const label = shape('text', 'jp-SpreadlabFit-tick', {
      x: WIDTH / 2 + UNIT * (k - 2),
      y: HEIGHT - 5,
      'text-anchor': k === 0 ? 'start' : k === 4 ? 'end' : 'middle'
    });
    if (k === 0) {
      label.setAttribute('x', '0');
    } else if (k === 4) {
      label.setAttribute('x', String(WIDTH));
    }
    label.textContent = text;
    svg.append(label);
  });
  node.append(svg);
  return node;
}

function plot(parameter: Parameter, stationarySd: number): SVGSVGElement {
  const { low, high, cutLow, cutHigh } = whisker(parameter, stationarySd);
  const middle = HEIGHT / 2;
  const svg = canvas();
  for (let k = -2; k <= 2; k++) {
    const x = WIDTH / 2 + UNIT * k;
    svg.append(
      shape('line', 'jp-SpreadlabFit-grid', {
        x1: x,
        x2: x,
        y1: 0,
        y2: HEIGHT
      })
    );
  }
  svg.append(
    shape('line', 'jp-SpreadlabFit-bar', {
      x1: low,
      x2: high,
      y1: middle,
      y2: middle
    }),
    end(low, cutLow, -1),
    end(high, cutHigh, 1),
    shape('circle', 'jp-SpreadlabFit-dot', { cx: WIDTH / 2, cy: middle, r: 4 })
  );
  return svg;
}

/** A bar across the end, or an arrow where it goes on. */
function end(x: number, cut: boolean, side: 1 | -1): SVGElement {
  const middle = HEIGHT / 2;
  return cut
    ? shape('path', 'jp-SpreadlabFit-arrow', {
        d: `M${x + 5 * side},${middle} l${-7 * side},-5 v10 z`
      })
    : shape('line', 'jp-SpreadlabFit-bar', {
        x1: x,
        x2: x,
        y1: middle - 5,
        y2: middle + 5
      });
}

function canvas(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('width', String(WIDTH));
  svg.setAttribute('height', String(HEIGHT));
  // The numbers beside it say the same.
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

function shape(
  tag: 'line' | 'circle' | 'path' | 'text',
  className: string,
  attributes: Readonly<Record<string, string | number>>
): SVGElement {
  const node = document.createElementNS(SVG, tag);
  node.setAttribute('class', className);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, String(value));
  }
  return node;
}
