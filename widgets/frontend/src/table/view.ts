import type { AnyModel } from '@anywidget/types';

import { Cleanup, element } from '../shared/dom';
import { integer } from '../shared/format';
import { observe } from '../shared/model';
import { Notice } from '../shared/notice';
import { RowScroll } from '../shared/rowScroll';
import { ROW_HEIGHT, type RowWindow } from '../shared/rowWindow';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import { fitting, leastWidth, template } from './columns';
import { PairData, type WirePairs } from './data';
import { Header, isReadable } from './header';
import { Rows } from './rows';
import { ADJUSTMENTS, Tools, type Adjustment } from './tools';

export interface TableTraits extends VersionTraits {
  _pairs: WirePairs | null;
  selected: [string, string] | null;
  sort_by: string;
  ascending: boolean;
  search: string;
  filters: Record<string, string>;
  adjustment: Adjustment;
  theme: Theme;
  loading: boolean;
  error: string;
}

let views = 0;

export class TableView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly id = `spreadlab-table-${++views}`;
  private readonly tools = new Tools(this.id, this.cleanup, {
    onSearch: text => {
      this.model.set('search', text);
      this.model.save_changes();
    },
    onAdjustment: value => {
      this.adjust(value);
    },
    onFilters: open => {
      this.filtersOpen = open;
      this.showTools();
    }
  });
  private readonly header = new Header({
    onSort: name => {
      this.sortBy(name);
    },
    onFilter: (name, text) => {
      this.filterBy(name, text);
    }
  });
  private readonly scroller = element('div', 'jp-SpreadlabTable-scroller', {
    role: 'grid',
    tabindex: '0',
    'aria-label': 'Pairs: arrow keys move, Enter selects',
    // Arrow keys belong to the table here, not to the notebook's shortcuts.
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly rows = new Rows(this.id);
  private readonly body = element('div', 'jp-SpreadlabTable-body');
  private data: PairData | null = null;
  /** As wide as it was when it was last seen: while it is hidden, it has no width. */
  private width = 0;
  /** Columns of the data that are shown. */
  private columns: number[] = [];
  /** Rows of the data in the order shown. */
  private shown: Int32Array = new Int32Array();
  private filtersOpen = false;
  private failure = '';
  /** Whether the selected pair has been brought in sight since it was selected. */
  private revealed = false;
  private readonly scroll = new RowScroll(
    this.scroller,
    this.header.node,
    {
      count: () => this.shown.length,
      rowId: place => this.rows.rowId(place),
      draw: sight => {
        this.drawRows(sight);
      },
      choose: place => {
        this.select(place);
      }
    },
    this.cleanup
  );

  constructor(
    private readonly model: AnyModel<TableTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabTable');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Pair table');
    this.scroller.append(this.header.node, this.rows.node);
    this.body.append(this.tools.node, this.scroller);
    root.append(this.notice.node, this.body);
    this.filtersOpen = Object.keys(model.get('filters')).length > 0;
    this.listen();
    applyTheme(root, model.get('theme'));
    this.readPairs();
  }

  dispose(): void {
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private listen(): void {
    const { model, cleanup } = this;
    observe(model, cleanup, ['_pairs'], () => {
      this.readPairs();
    });
    observe(
      model,
      cleanup,
      ['sort_by', 'ascending', 'search', 'filters'],
      () => {
        this.arrange();
        this.reveal();
      }
    );
    observe(model, cleanup, ['adjustment'], () => {
      this.chooseColumns();
      this.arrange();
    });
    observe(model, cleanup, ['selected'], () => {
      this.revealed = false;
      this.revealSelected();
      this.scroll.redraw.request();
    });
    observe(model, cleanup, ['theme'], () => {
      applyTheme(this.root, model.get('theme'));
    });
    observe(model, cleanup, ['loading', 'error'], () => {
      this.showState();
    });
    const sizes = new ResizeObserver(() => {
      if (this.chooseColumns()) {
        this.rows.reset();
        this.scroll.redraw.request();
      }
    });
    sizes.observe(this.scroller);
    cleanup.add(() => {
      sizes.disconnect();
    });
  }

  private readPairs(): void {
    const wire = this.model.get('_pairs');
    this.failure = '';
    try {
      this.data = wire === null ? null : new PairData(wire);
    } catch (error) {
      this.data = null;
      this.failure = String(error);
    }
    this.chooseColumns();
    this.arrange();
    this.revealSelected();
    this.showState();
  }

  /**
   * Of the three p-values the one that is asked for, and of the other columns those that fit.
   * Return whether they are others than before.
   */
  private chooseColumns(): boolean {
    const specs = this.data?.columns ?? [];
    const adjustment = this.model.get('adjustment');
    const hidden = ADJUSTMENTS.filter(({ value }) => value !== adjustment).map(
      ({ column }) => column
    );
    this.width = this.scroller.clientWidth || this.width;
    const shown = fitting(
      specs.filter(({ name }) => !hidden.includes(name)),
      this.width
    );
    this.columns = shown.map(spec => specs.indexOf(spec));
    const names = shown.map(({ name }) => name).join();
    if (names === this.scroller.dataset['columns']) {
      return false; // a header that is built anew loses the keyboard's focus
    }
    this.scroller.dataset['columns'] = names;
    this.header.build(shown);
    this.header.show({
      name: this.model.get('sort_by'),
      ascending: this.model.get('ascending')
    });
    this.header.showFilters(this.filtersOpen, this.model.get('filters'));
    this.scroller.setAttribute('aria-colcount', String(shown.length + 1));
    this.scroller.style.setProperty('--spreadlab-grid', template(shown));
    this.scroller.style.setProperty(
      '--spreadlab-least',
      `${leastWidth(shown)}px`
    );
    return true;
  }

  /** Sort and filter; the selected pair stays the active one where it is in sight. */
  private arrange(): void {
    const sort = {
      name: this.model.get('sort_by'),
      ascending: this.model.get('ascending')
    };
    this.header.show(sort);
    this.showTools();
    this.shown =
      this.data === null
        ? new Int32Array()
        : this.data.filtered(
            this.data.sorted(sort.name, sort.ascending),
            this.model.get('search'),
            this.model.get('filters')
          );
    this.showCount();
    // The header is a row of the grid too.
    this.scroller.setAttribute('aria-rowcount', String(this.shown.length + 1));
    this.rows.node.style.height = `${this.shown.length * ROW_HEIGHT}px`;
    this.scroll.active = Math.max(this.placeOf(this.model.get('selected')), 0);
    this.rows.reset();
    this.scroll.draw();
    // A notebook may have taken the view off the page, where nothing has a height.
    this.scroll.redraw.request();
  }

  /** Bring the active row in sight: after a change that the reader asked for. */
  private reveal(): void {
    this.scroll.activate(this.scroll.active);
  }

  /** Bring the selected pair in sight, once: a scan that still streams may list it later. */
  private revealSelected(): void {
    const place = this.placeOf(this.model.get('selected'));
    if (!this.revealed && place >= 0) {
      this.revealed = true;
      this.scroll.activate(place);
    }
  }

  private showTools(): void {
    this.tools.show(
      this.model.get('search'),
      this.model.get('adjustment'),
      this.filtersOpen
    );
    this.header.showFilters(this.filtersOpen, this.model.get('filters'));
  }

  private showCount(): void {
    const all = this.data?.length ?? 0;
    const unlisted = this.data?.unlisted ?? 0;
    const some =
      this.shown.length === all ? '' : `${integer(this.shown.length)} of `;
    const more =
      unlisted === 0 ? '' : ` (${integer(unlisted)} weaker ones left out)`;
    this.tools.count.textContent =
      this.data === null
        ? 'testing pairs …'
        : `${some}${integer(all)} pairs${more}`;
  }

  private showState(): void {
    const error =
      this.failure || this.model.get('error') || shakeHands(this.model);
    const loading = this.model.get('loading');
    this.root.classList.toggle('jp-mod-stale', loading && this.data !== null);
    this.root.setAttribute('aria-busy', String(loading));
    // While the first rows are on their way, their room is kept.
    const skeleton = this.data === null && loading && !error;
    this.body.hidden = this.data === null && !skeleton;
    this.scroller.classList.toggle('jp-mod-skeleton', skeleton);
    if (error) {
      this.notice.show('error', error);
    } else if (loading) {
      this.notice.hide();
    } else if (this.data === null) {
      this.notice.show(
        'empty',
        'No scan yet. Set .scan to a result of sl.discover_pairs().'
      );
    } else if (this.data.length === 0) {
      this.notice.show('empty', 'The scan kept no pair.');
    } else {
      this.notice.hide();
    }
  }

  private sortBy(name: string): void {
    const again = this.model.get('sort_by') === name;
    this.model.set('ascending', again ? !this.model.get('ascending') : true);
    this.model.set('sort_by', name);
    this.model.save_changes();
  }

  private adjust(value: Adjustment): void {
    const sorted = ADJUSTMENTS.some(
      ({ column }) => column === this.model.get('sort_by')
    );
    this.model.set('adjustment', value);
    if (sorted) {
      this.model.set(
        'sort_by',
        ADJUSTMENTS.find(choice => choice.value === value)!.column
      );
    }
    this.model.save_changes();
  }

  private filterBy(name: string, text: string): void {
    const kind = this.data?.columns.find(spec => spec.name === name)?.kind;
    const filters = Object.fromEntries(
      Object.entries({ ...this.model.get('filters'), [name]: text }).filter(
        ([, condition]) => condition.trim() !== ''
      )
    );
    if (isReadable(kind ?? 'pair', text)) {
      this.model.set('filters', filters);
      this.model.save_changes();
    }
    this.showTools();
  }

  private placeOf(pair: [string, string] | null): number {
    const row = this.data?.findPair(pair) ?? -1;
    return row === -1 ? -1 : this.shown.indexOf(row);
  }

  private select(place: number): void {
    const row = this.shown[place];
    if (this.data !== null && row !== undefined) {
      this.model.set('selected', this.data.pair(row));
      this.model.save_changes();
      this.scroll.activate(place);
    }
  }

  private drawRows(sight: RowWindow): void {
    const { data, shown, columns } = this;
    if (data === null) {
      this.rows.reset();
      return;
    }
    const selected = data.findPair(this.model.get('selected'));
    const { active } = this.scroll;
    this.rows.draw({ data, shown, columns, selected, active }, sight);
  }
}
