import { spreadLabels } from './axis';
import { short } from './format';
import type { Pane, Stroke } from './plot';
import type { ChartColours } from './theme';

type Context = CanvasRenderingContext2D;

/** A level of a signal: "enter long", "exit_short", "stop long", "mean" or "band". */
export interface LevelMark {
  kind: string;
  label: string;
  value: number;
}

/** Which side a level is for is told by colour and label, entry or exit by the dashes. */
export function levelStroke(kind: string, colours: ChartColours): Stroke {
  if (kind === 'mean') {
    return { colour: colours.accent, width: 1.3 };
  }
  if (kind === 'band') {
    return { colour: colours.accent, width: 1, dash: [2, 3] };
  }
  const colour = kind.endsWith('long')
    ? colours['long-line']
    : colours['short-line'];
  return {
    colour: kind.startsWith('stop') ? colours.alert : colour,
    width: 1.3,
    dash: kind.startsWith('enter') ? [] : [6, 3]
  };
}

/** Names and values of levels beside a pane, pushed apart where they would touch. */
export function drawLevelLabels(
  context: Context,
  pane: Pane,
  lines: readonly LevelMark[],
  colours: ChartColours
): void {
  const { rect, y } = pane;
  const shown = lines
    .map(level => ({ ...level, at: y.toPixel(level.value) }))
    .filter(({ at }) => at >= rect.top && at <= rect.top + rect.height)
    .sort((a, b) => a.at - b.at);
  const height = 13;
  const tops = spreadLabels(
    shown.map(({ at }) => at),
    shown.map(() => height),
    rect.top - 6,
    rect.top + rect.height + 6,
    0
  );
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.font = context.font.replace('12px', '11px');
  tops?.forEach((top, k) => {
    const { kind, label, value } = shown[k]!;
    context.fillStyle = levelStroke(kind, colours).colour;
    context.fillText(
      `${label} ${short(value)}`,
      rect.left + rect.width + 6,
      top + height / 2
    );
  });
  context.font = context.font.replace('11px', '12px');
}
