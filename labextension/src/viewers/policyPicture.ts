import type { TranslationBundle } from '@jupyterlab/translation';

import { deviation, type IPolicy, LEVELS, roundTicks, short } from './policy';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [640, 320];
const MARGIN = { left: 96, right: 128, top: 16, bottom: 44 };

/** The levels over time to go; straight lines where there is no deadline. */
export function policyPicture(
  policy: IPolicy,
  trans: TranslationBundle
): SVGSVGElement {
  const theta = Number(policy.spec['theta']);
  const times = policy.boundaries['time_to_go']!;
  const endless = !Number.isFinite(times[times.length - 1]!);
  // Beside a deadline the levels of entry go to infinity: they leave the picture.
  const last = LEVELS.map(name => policy.boundaries[name]!.at(-1)!).filter(
    Number.isFinite
  );
  const reach = Math.max(
    1.5 * deviation(policy),
    ...last.map(level => 2 * Math.abs(level - theta))
  );
  const longest = endless ? 1 : times[times.length - 1]!;
  const x = (time: number) =>
    MARGIN.left + (time / longest) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (level: number) =>
    MARGIN.top +
    ((theta + reach - level) / (2 * reach)) *
      (HEIGHT - MARGIN.top - MARGIN.bottom);

  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute(
    'aria-label',
    trans.__(
      'Levels of the spread at which the position changes: %1',
      LEVELS.map(
        name => `${word(name, trans)} ${short(policy.thresholds[name] ?? NaN)}`
      ).join(', ')
    )
  );
  const add = (
    tag: string,
    attributes: Record<string, string | number>,
    text = ''
  ) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) {
      node.setAttribute(name, String(value));
    }
    node.textContent = text;
    svg.append(node);
  };
  const right = WIDTH - MARGIN.right;
  for (const level of roundTicks(theta - reach, theta + reach)) {
    add('line', {
      class: 'jp-SpreadlabPolicy-grid',
      x1: MARGIN.left,
      x2: right,
      y1: y(level),
      y2: y(level)
    });
    add(
      'text',
      { x: MARGIN.left - 8, y: y(level) + 4, 'text-anchor': 'end' },
      short(level)
    );
  }
  add('line', {
    class: 'jp-SpreadlabPolicy-mean',
    x1: MARGIN.left,
    x2: right,
    y1: y(theta),
    y2: y(theta)
  });
  add(
    'text',
    {
      x: 14,
      y: HEIGHT / 2,
      'text-anchor': 'middle',
      transform: `rotate(-90 14 ${HEIGHT / 2})`
    },
    trans.__('spread')
  );
  const along = (MARGIN.left + right) / 2;
  add(
    'text',
    { x: along, y: HEIGHT - 8, 'text-anchor': 'middle' },
    endless
      ? trans.__('no deadline: the levels stay')
      : trans.__('time to go, years')
  );
  if (!endless) {
    for (const time of [0, longest / 2, longest]) {
      add(
        'text',
        { x: x(time), y: HEIGHT - 26, 'text-anchor': 'middle' },
        short(time)
      );
    }
  }
  // Labels that would cover each other are moved apart, in the order of their levels.
  const labels = [
    { kind: 'mean', text: trans.__('mean'), level: theta },
    ...LEVELS.map(name => ({
      kind: side(name) as string,
      text: word(name, trans),
      level: policy.boundaries[name]![times.length - 1]!
    }))
  ]
    .filter(({ level }) => Number.isFinite(level))
    .sort((a, b) => b.level - a.level);
  let free = MARGIN.top;
  for (const { kind, text, level } of labels) {
    const place = Math.max(y(level) + 4, free);
    free = place + 15;
    add(
      'text',
      { class: `jp-SpreadlabPolicy-${kind}`, x: right + 8, y: place },
      text
    );
  }
  for (const name of LEVELS) {
    const column = policy.boundaries[name]!;
    const points = endless
      ? [`${MARGIN.left},${y(column[0]!)}`, `${right},${y(column[0]!)}`]
      : column.map((level, k) => `${x(times[k]!)},${y(level)}`);
    // The line stops where the action is never taken, and at the edge.
    const drawn = endless
      ? Number.isFinite(column[0]!)
        ? points
        : []
      : points.filter((_, k) => Math.abs(column[k]! - theta) <= reach);
    if (drawn.length > 0) {
      add('polyline', {
        class: `jp-SpreadlabPolicy-${side(name)} jp-SpreadlabPolicy-${name.startsWith('enter') ? 'enter' : 'exit'}`,
        points: drawn.join(' ')
      });
    }
  }
  return svg;
}

export function word(
  name: (typeof LEVELS)[number],
  trans: TranslationBundle
): string {
  return {
    enter_long: trans.__('enter long'),
    exit_long: trans.__('exit long'),
    enter_short: trans.__('enter short'),
    exit_short: trans.__('exit short')
  }[name];
}

function side(name: string): 'long' | 'short' {
  return name.endsWith('long') ? 'long' : 'short';
}
