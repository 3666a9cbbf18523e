import type { NotebookPanel } from '@jupyterlab/notebook';

import { openNotebook, runCode, startCode } from '../tests/cells';
import { expect, test } from '../tests/lab';
import { picture } from './pictures';
import { openSidebar, section, START, statusItem, STUCK } from './sidebar';

test.use({
  viewport: { width: 1280, height: 860 },
  deviceScaleFactor: 2,
  kernels: null,
  sessions: null
});

test('pictures of sidebar, status item and menu', async ({ page, tmpPath }) => {
  await openNotebook(page, `${tmpPath}/research.ipynb`);
  await openSidebar(page);
  await page.sidebar.setWidth(340, 'left');
  // What the pictures are not about is in no cell.
  await page.evaluate(
    async code => {
      const { sessionContext } = window.jupyterapp.shell
        .currentWidget as unknown as NotebookPanel;
      await sessionContext.session!.kernel!.requestExecute({
        code,
        silent: true
      }).done;
    },
    [...START, ...STUCK, 'desk, universe = gated, many'].join('\n')
  );
  await runCode(
    page,
    'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
    'pair = sl.test_pair(prices["KO"], prices["PEP"], name="KO-PEP")',
    'ou = sl.estimate_ou(pair.spread)',
    'for name, step in {"bands": 20, "wide bands": 60}.items():',
    '    with sl.study(name):',
    '        for lookback in range(20, 200, step):',
    '            sl.backtest(prices[["KO", "PEP"]], pair=pair, policy=sl.ZScoreRule(lookback))',
    'scan = sl.discover_pairs(prices)',
    'scan'
  );
  await page.notebook.selectCells(0); // the one that a new notebook has
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('notebook:delete-cell');
  });
  await expect(section(page, 'Trial ledger')).toContainText('wide bands');
  const running = section(page, 'Running');
  await startCode(
    page,
    'with sl.use_engine(desk):',
    '    everything = sl.discover_pairs(universe, keep=10, progress=False)'
  );
  await expect(running.getByRole('progressbar')).not.toHaveAttribute(
    'value',
    '0'
  );
  await expect(statusItem(page)).toBeVisible();
  await picture(page, 'sidebar');
  await picture(
    page,
    'templates',
    async () => {
      await page.menu.openLocator('Pairs>New from Template');
      await page.getByRole('menuitem', { name: 'Finding pairs' }).hover();
    },
    { clip: { x: 0, y: 0, width: 1180, height: 390 } }
  );
  await running.getByRole('button', { name: /^Cancel/ }).click();
  await expect(running).toContainText('Nothing runs');
});
