import { element, type Cleanup } from '../shared/dom';
import { LEVELS, words, type Level } from './surface';

export const MODES = ['action', 'value', 'map', 'uncertainty'] as const;
export type Mode = (typeof MODES)[number];

const LABELS: Readonly<Record<Mode, string>> = {
  action: 'action',
  value: 'value',
  map: 'threshold by cost and kappa',
  uncertainty: 'uncertainty of the action'
};

/** What is shown: one of the modes, and in the map one of the thresholds. */
export class ModeChoice {
  readonly node = element('div', 'jp-SpreadlabHeatmap-modes', {
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly mode = select('show', MODES, mode => LABELS[mode]);
  private readonly level = select('threshold', LEVELS, words);

  constructor(
    cleanup: Cleanup,
    chose: (mode: Mode) => void,
    choseLevel: (level: Level) => void
  ) {
    this.node.append(this.mode.node, this.level.node);
    cleanup.listen(this.mode.select, 'change', () => {
      chose(this.mode.select.value as Mode);
    });
    cleanup.listen(this.level.select, 'change', () => {
      choseLevel(this.level.select.value as Level);
    });
  }

  show(mode: Mode, level: Level, uncertain: boolean): void {
    this.mode.select.value = mode;
    this.level.select.value = level;
    this.level.node.hidden = mode !== 'map';
    const option = this.mode.select.options[MODES.indexOf('uncertainty')]!;
    option.disabled = !uncertain;
    option.title = uncertain
      ? ''
      : 'needs the fit: PolicyHeatmap(policy, ou=…)';
  }
}

function select<T extends string>(
  label: string,
  values: readonly T[],
  text: (value: T) => string
): { node: HTMLElement; select: HTMLSelectElement } {
  const control = element('select', 'jp-Spreadlab-select');
  for (const value of values) {
    control.append(element('option', '', { value }, text(value)));
  }
  const node = element('label', 'jp-Spreadlab-field', {}, label);
  node.append(control);
  return { node, select: control };
}
