import { element } from '../shared/dom';
import { pvalue, short } from '../shared/format';
import type { ResidualTest } from './data';

const LEVEL = 0.05;
const NAMES = ['Ljung-Box', 'Jarque-Bera', 'ARCH-LM', 'CUSUM'];

/** Tests of the innovations: what holds if the model is right, and whether it seems to. */
export class TestsTable {
  readonly node = element(
    'table',
    'jp-SpreadlabFit-table jp-SpreadlabFit-tests'
  );

  show(tests: readonly ResidualTest[] | null): void {
    const head = element('thead', '');
    const heads = element('tr', '');
    for (const text of ['innovations', 'if the model is right', 'p', '']) {
      heads.append(
        text === ''
          ? element('td', '')
          : element(
              'th',
              text.startsWith('if') ? 'jp-mod-words' : '',
              { scope: 'col' },
              text
            )
      );
    }
    head.append(heads);
    const body = element('tbody', '');
    body.append(...(tests === null ? NAMES.map(emptyRow) : tests.map(row)));
    this.node.replaceChildren(head, body);
  }
}

function row(test: ResidualTest): HTMLElement {
  const node = element('tr', '', { 'data-test': test.name });
  node.append(
    element('th', '', { scope: 'row' }, test.name),
    element('td', 'jp-mod-words', {}, test.null),
    element(
      'td',
      '',
      { title: `statistic ${short(test.statistic, 6)}, p ${test.pvalue}` },
      pvalue(test.pvalue)
    ),
    element(
      'td',
      'jp-mod-words',
      {},
      test.pvalue < LEVEL ? 'rejected' : 'not rejected'
    )
  );
  return node;
}

function emptyRow(name: string): HTMLElement {
  const node = element('tr', '');
  node.append(
    element('th', '', { scope: 'row' }, name),
    ...['–', '–', '–'].map(text => element('td', '', {}, text))
  );
  return node;
}
