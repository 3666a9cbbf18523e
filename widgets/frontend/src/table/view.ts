import type { AnyModel } from '@anywidget/types';

import { Cleanup, element, oncePerFrame } from '../shared/dom';
import { Notice } from '../shared/notice';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import { PairData, type WirePairs } from './data';
import { Header } from './header';
import { moveRow, ROW_HEIGHT, scrollToRow, visibleRows } from './window';

export interface TableTraits extends VersionTraits {
  _pairs: WirePairs | null;
  selected: [string, string] | null;
  sort_by: string;
  ascending: boolean;
  theme: Theme;
  loading: boolean;
  error: string;
}

let views = 0;

export class TableView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly id = `spreadlab-table-${++views}`;
  private readonly search = element('input', 'jp-SpreadlabTable-search', {
    type: 'search',
    placeholder: 'search symbols',
    'aria-label': 'Show the pairs with these symbols',
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly count = element('span', 'jp-SpreadlabTable-count', {
    role: 'status'
  });
  private readonly header = new Header(name => {
    this.sortBy(name);
  });
  private readonly scroller = element('div', 'jp-SpreadlabTable-scroller', {
    role: 'grid',
    tabindex: '0',
    'aria-label': 'Pairs: arrow keys move, Enter selects',
    // Arrow keys belong to the table here, not to the notebook's shortcuts.
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly rows = element('div', 'jp-SpreadlabTable-rows', {
    role: 'rowgroup'
  });
  private readonly body = element('div', 'jp-SpreadlabTable-body');
  private data: PairData | null = null;
  /** Rows of the data in the order shown. */
  private shown: Int32Array = new Int32Array();
  /** Place of the keyboard's row in `shown`. */
  private active = 0;
  private failure = '';
  private readonly redraw = oncePerFrame(() => {
    this.drawRows();
  });

  constructor(
    private readonly model: AnyModel<TableTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabTable');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Pair table');
    const tools = element('div', 'jp-SpreadlabTable-tools');
    tools.append(this.search, this.count);
    this.scroller.append(this.header.node, this.rows);
    this.body.append(tools, this.scroller);
    root.append(this.notice.node, this.body);
    this.listen();
    applyTheme(root, model.get('theme'));
    this.readPairs();
  }

  dispose(): void {
    this.redraw.cancel();
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private listen(): void {
    this.on('change:_pairs', () => {
      this.readPairs();
    });
    for (const event of ['change:sort_by', 'change:ascending'] as const) {
      this.on(event, () => {
        this.arrange();
      });
    }
    this.on('change:selected', () => {
      this.activate(this.placeOf(this.model.get('selected')));
    });
    this.on('change:theme', () => {
      applyTheme(this.root, this.model.get('theme'));
    });
    for (const event of ['change:loading', 'change:error'] as const) {
      this.on(event, () => {
        this.showState();
      });
    }
    this.cleanup.listen(this.search, 'input', () => {
      this.arrange();
    });
    this.cleanup.listen(this.scroller, 'scroll', this.redraw.request);
    this.cleanup.listen(this.scroller, 'keydown', event => {
      this.press(event);
    });
    this.cleanup.listen(this.rows, 'click', event => {
      const row = (event.target as Element).closest('[role="row"]');
      if (row instanceof HTMLElement) {
        this.select(Number(row.dataset['place']));
      }
    });
    const sizes = new ResizeObserver(this.redraw.request);
    sizes.observe(this.scroller);
    this.cleanup.add(() => {
      sizes.disconnect();
    });
  }

  private on<K extends keyof TableTraits & string>(
    event: `change:${K}`,
    handler: () => void
  ): void {
    this.model.on(event, handler);
    this.cleanup.add(() => {
      this.model.off(event, handler);
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
    const columns = this.data?.columns ?? [];
    this.header.build(columns);
    this.scroller.setAttribute('aria-colcount', String(columns.length + 1));
    this.scroller.style.setProperty(
      '--spreadlab-columns',
      String(columns.length)
    );
    this.arrange();
    this.showState();
  }

  /** Sort and filter; the selected pair stays the active one where it is in sight. */
  private arrange(): void {
    const sort = {
      name: this.model.get('sort_by'),
      ascending: this.model.get('ascending')
    };
    this.header.show(sort);
    this.shown =
      this.data === null
        ? new Int32Array()
        : this.data.filtered(
            this.data.sorted(sort.name, sort.ascending),
            this.search.value
          );
    const all = this.data?.length ?? 0;
    this.count.textContent =
      this.shown.length === all
        ? `${all} pairs`
        : `${this.shown.length} of ${all} pairs`;
    // The header is a row of the grid too.
    this.scroller.setAttribute('aria-rowcount', String(this.shown.length + 1));
    this.rows.style.height = `${this.shown.length * ROW_HEIGHT}px`;
    this.activate(Math.max(this.placeOf(this.model.get('selected')), 0));
    this.drawRows();
  }

  private showState(): void {
    const error =
      this.failure || this.model.get('error') || shakeHands(this.model);
    const loading = this.model.get('loading');
    this.root.classList.toggle('jp-mod-stale', loading && this.data !== null);
    this.root.setAttribute('aria-busy', String(loading));
    this.body.hidden = this.data === null;
    if (error) {
      this.notice.show('error', error);
    } else if (loading) {
      this.notice.show('loading', 'Testing pairs …');
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

  private placeOf(pair: [string, string] | null): number {
    const row = this.data?.findPair(pair) ?? -1;
    return row === -1 ? -1 : this.shown.indexOf(row);
  }

  private activate(place: number): void {
    if (place >= 0 && place < this.shown.length) {
      this.active = place;
      this.scroller.scrollTop = scrollToRow(
        place,
        this.scroller.scrollTop,
        this.viewHeight()
      );
    }
    this.redraw.request();
  }

  private select(place: number): void {
    const row = this.shown[place];
    if (this.data !== null && row !== undefined) {
      this.model.set('selected', this.data.pair(row));
      this.model.save_changes();
      this.activate(place);
    }
  }

  private press(event: KeyboardEvent): void {
    const onHeader = event.target !== this.scroller;
    if (onHeader || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const page = Math.max(Math.floor(this.viewHeight() / ROW_HEIGHT) - 1, 1);
    const place = moveRow(this.active, this.shown.length, page, event.key);
    if (place !== undefined) {
      this.activate(place);
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.select(this.active);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Height of the part that rows can be seen in: the header stays on top. */
  private viewHeight(): number {
    return Math.max(
      this.scroller.clientHeight - this.header.node.offsetHeight,
      0
    );
  }

  private drawRows(): void {
    const { data } = this;
    if (data === null) {
      this.rows.replaceChildren();
      return;
    }
    const { first, end } = visibleRows(
      this.scroller.scrollTop,
      this.viewHeight(),
      this.shown.length
    );
    const selected = data.findPair(this.model.get('selected'));
    const nodes: HTMLElement[] = [];
    for (let place = first; place < end; place++) {
      nodes.push(this.rowNode(data, place, this.shown[place] === selected));
    }
    this.rows.replaceChildren(...nodes);
    if (this.active >= first && this.active < end) {
      this.scroller.setAttribute(
        'aria-activedescendant',
        this.rowId(this.active)
      );
    } else {
      this.scroller.removeAttribute('aria-activedescendant');
    }
  }

  private rowNode(
    data: PairData,
    place: number,
    selected: boolean
  ): HTMLElement {
    const row = this.shown[place]!;
    const node = element('div', 'jp-SpreadlabTable-row', {
      id: this.rowId(place),
      role: 'row',
      'aria-rowindex': String(place + 2),
      'aria-selected': String(selected),
      'data-place': String(place),
      'data-pair': data.pair(row).join('|')
    });
    node.classList.toggle('jp-mod-active', place === this.active);
    node.style.top = `${place * ROW_HEIGHT}px`;
    node.append(
      element(
        'div',
        'jp-SpreadlabTable-cell',
        { role: 'rowheader', 'data-column': 'pair' },
        data.names[row]
      ),
      ...data.columns.map(({ name, kind }, column) =>
        element(
          'div',
          'jp-SpreadlabTable-cell',
          {
            role: 'gridcell',
            'data-column': name,
            'data-kind': kind,
            title: data.fullText(column, row)
          },
          data.text(column, row)
        )
      )
    );
    return node;
  }

  private rowId(place: number): string {
    return `${this.id}-${place}`;
  }
}
