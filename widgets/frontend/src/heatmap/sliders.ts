import { element, type Cleanup } from '../shared/dom';
import { short } from '../shared/format';

export const NAMES = ['cost', 'discount', 'risk_penalty', 'horizon'] as const;
export type Parameter = (typeof NAMES)[number];
export type Values = Record<Parameter, number | null>;

/** Ends of a slider; null for a parameter that this policy does not have. */
export type Ranges = Record<
  Parameter,
  { low: number; high: number; log: boolean } | null
>;

const STEPS = 200;
const LABELS: Readonly<Record<Parameter, [string, string]>> = {
  cost: ['cost', 'Cost of one unit of position, in units of the spread'],
  discount: ['discount', 'Discount rate a year'],
  risk_penalty: ['penalty', 'Charge a year on a position of either sign'],
  horizon: ['deadline', 'Years until every position is closed']
};

/**
 * The value at a step of a slider: three digits, so that what is shown is what is sent, and what
 * comes back is the same number.
 */
export function valueAt(
  step: number,
  range: { low: number; high: number; log: boolean }
): number {
  const share = step / STEPS;
  const value = range.log
    ? range.low * (range.high / range.low) ** share
    : range.low + (range.high - range.low) * share;
  return Number(value.toPrecision(3));
}

/** The step nearest to a value. */
export function stepOf(
  value: number,
  range: { low: number; high: number; log: boolean }
): number {
  const share = range.log
    ? Math.log(value / range.low) / Math.log(range.high / range.low)
    : (value - range.low) / (range.high - range.low);
  return Math.round(Math.min(Math.max(share, 0), 1) * STEPS);
}

/** A slider a parameter, and a switch for the deadline. */
export class Sliders {
  readonly node = element('div', 'jp-SpreadlabHeatmap-sliders', {
    role: 'group',
    'aria-label': 'Parameters of the policy',
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly rows = new Map<
    Parameter,
    { node: HTMLElement; slider: HTMLInputElement; text: HTMLElement }
  >();
  private readonly timed = element('input', 'jp-Spreadlab-input', {
    type: 'checkbox',
    'aria-label': 'Trade to a deadline'
  });
  private ranges: Ranges | null = null;
  private lastHorizon = 1;

  constructor(
    cleanup: Cleanup,
    moved: (name: Parameter, value: number | null) => void
  ) {
    for (const name of NAMES) {
      const [label, title] = LABELS[name];
      const slider = element('input', 'jp-Spreadlab-input', {
        type: 'range',
        min: '0',
        max: String(STEPS),
        step: '1',
        'aria-label': title,
        'data-parameter': name
      });
      const text = element('output', 'jp-SpreadlabHeatmap-slider-value');
      const node = element('div', 'jp-SpreadlabHeatmap-slider', { title });
      const caption = element('span', 'jp-SpreadlabHeatmap-label', {}, label);
      if (name === 'horizon') {
        caption.prepend(this.timed);
      }
      node.append(caption, slider, text);
      this.node.append(node);
      this.rows.set(name, { node, slider, text });
      cleanup.listen(slider, 'input', () => {
        const range = this.ranges?.[name];
        if (range) {
          const value = valueAt(Number(slider.value), range);
          this.write(name, value);
          moved(name, value);
        }
      });
    }
    cleanup.listen(this.timed, 'change', () => {
      const value = this.timed.checked ? this.lastHorizon : null;
      this.write('horizon', value);
      moved('horizon', value);
    });
  }

  show(ranges: Ranges | null, values: Values): void {
    this.ranges = ranges;
    for (const name of NAMES) {
      const { node, slider } = this.rows.get(name)!;
      const range = ranges?.[name];
      node.hidden = !range;
      const value = values[name];
      // A slider in the reader's hand stays where the hand is.
      if (range && value !== null && document.activeElement !== slider) {
        slider.value = String(stepOf(value, range));
      }
      this.write(name, value);
    }
  }

  private write(name: Parameter, value: number | null): void {
    const { slider, text } = this.rows.get(name)!;
    if (name === 'horizon') {
      this.timed.checked = value !== null;
      slider.disabled = value === null;
      this.lastHorizon = value ?? this.lastHorizon;
    }
    const number = value === null ? 'none' : short(value);
    const shown =
      name === 'horizon' && value !== null ? `${number} years` : number;
    if (text.textContent !== shown) {
      text.textContent = shown;
      slider.setAttribute('aria-valuetext', shown);
    }
  }
}
