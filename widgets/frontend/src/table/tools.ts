import { type Cleanup, element } from '../shared/dom';

export type Adjustment = 'none' | 'bh' | 'by';

/** The p-value column of each adjustment, and the word for it. */
export const ADJUSTMENTS: readonly {
  value: Adjustment;
  column: string;
  label: string;
  title: string;
}[] = [
  {
    value: 'none',
    column: 'pvalue',
    label: 'p',
    title: 'p-value of each test alone'
  },
  {
    value: 'bh',
    column: 'pvalue_bh',
    label: 'BH',
    title: 'adjusted for all tests, Benjamini-Hochberg'
  },
  {
    value: 'by',
    column: 'pvalue_by',
    label: 'BY',
    title: 'adjusted for all tests under any dependence, Benjamini-Yekutieli'
  }
];

export interface ToolsListener {
  onSearch: (text: string) => void;
  onAdjustment: (value: Adjustment) => void;
  onFilters: (open: boolean) => void;
}

/** What stands above the table: search, which p-value, filters, and how many rows are left. */
export class Tools {
  readonly node = element('div', 'jp-SpreadlabTable-tools', {
    'data-lm-suppress-shortcuts': 'true'
  });
  readonly search = element('input', 'jp-SpreadlabTable-search', {
    type: 'search',
    placeholder: 'search symbols',
    'aria-label': 'Show the pairs with these symbols'
  });
  readonly filters = element(
    'button',
    'jp-Spreadlab-button',
    { type: 'button', 'aria-expanded': 'false' },
    'Filter'
  );
  readonly count = element('span', 'jp-SpreadlabTable-count', {
    role: 'status'
  });
  private readonly choices = new Map<Adjustment, HTMLInputElement>();

  constructor(id: string, cleanup: Cleanup, listener: ToolsListener) {
    const group = element('fieldset', 'jp-Spreadlab-choices');
    group.append(element('legend', '', {}, 'p-value shown'));
    for (const { value, label, title } of ADJUSTMENTS) {
      const choice = element('input', '', {
        type: 'radio',
        name: `${id}-adjustment`,
        value
      });
      cleanup.listen(choice, 'change', () => {
        listener.onAdjustment(value);
      });
      const frame = element('label', 'jp-Spreadlab-segment', { title });
      frame.append(choice, element('span', '', {}, label));
      group.append(frame);
      this.choices.set(value, choice);
    }
    cleanup.listen(this.search, 'input', () => {
      listener.onSearch(this.search.value);
    });
    cleanup.listen(this.filters, 'click', () => {
      listener.onFilters(this.filters.getAttribute('aria-expanded') !== 'true');
    });
    this.node.append(this.search, group, this.filters, this.count);
  }

  show(search: string, adjustment: Adjustment, open: boolean): void {
    if (this.search.value !== search) {
      this.search.value = search;
    }
    for (const [value, choice] of this.choices) {
      choice.checked = value === adjustment;
    }
    this.filters.setAttribute('aria-expanded', String(open));
  }
}
