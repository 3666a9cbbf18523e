import type { Page } from '@playwright/test';

import {
  askKernel,
  cellOf,
  openDocument,
  openNotebook,
  runCode
} from './cells';
import { expect, test } from './lab';

const SETUP = `
import ipywidgets
import spreadlab as sl
from spreadlab_widgets import (
    BacktestView, EnginePanel, OUFitView, PairMap, PairSelector, PairTable, PolicyHeatmap, SpreadView,
    Workbench
)

prices = sl.data.load_sp500(start="2018-01-01", end="2022-12-28")
scan = sl.discover_pairs(prices, progress=False)
pair = sl.test_pair(prices["KO"], prices["PEP"])
ou = sl.estimate_ou(pair.spread, dt=1 / 252)
policy = sl.solve_hjb(ou, cost=0.002, discount=0.05)
traded = sl.backtest(prices[["KO", "PEP"]], pair=pair, policy=policy)
weakest = tuple(scan.to_frame().sort_values("pvalue").iloc[-1][["dependent", "hedge"]])
views = {
    "slider": ipywidgets.IntSlider(7),
    "table": PairTable(scan),
    "map": PairMap(scan),
    "spread": SpreadView(pair),
    "fit": OUFitView(ou),
    "heatmap": PolicyHeatmap(policy, ou=ou),
    "report": BacktestView(traded),
    "panel": EnginePanel(),
    "selector": PairSelector(scan, prices, selected=weakest),
    "workbench": Workbench(prices),
}
`.trim();
/** By their names in SETUP, each with what is there when it is drawn. */
const SHOWN = {
  slider: '.widget-slider',
  table: '.jp-SpreadlabTable-row',
  map: '.jp-SpreadlabMap canvas',
  spread: '.jp-SpreadlabSpread canvas',
  fit: '.jp-SpreadlabFit canvas',
  heatmap: '.jp-SpreadlabHeatmap canvas',
  report: '.jp-SpreadlabBacktest canvas',
  panel: '.jp-SpreadlabEngine-status',
  selector: '.jp-SpreadlabSelector .jp-SpreadlabTable-row',
  workbench: '.jp-SpreadlabWorkbench .jp-SpreadlabTable-row'
};

// Galata's own list of sessions may lose one, and the page would be given another kernel.
test.use({ kernels: null, sessions: null });

test('the views of a notebook live on when its page is loaded again', async ({
  page,
  tmpPath
}) => {
  const path = `${tmpPath}/reload.ipynb`;
  await openNotebook(page, path);
  await runCode(page, SETUP);
  const cells = new Map<string, number>();
  for (const name of Object.keys(SHOWN)) {
    cells.set(name, await runCode(page, `views["${name}"]`));
  }
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('docmanager:save');
  });
  await page.reload({ waitForIsReady: false });
  await openDocument(page, path);
  expect(await askKernel(page, 'print(len(views))')).toBe('10');

  for (const [name, selector] of Object.entries(SHOWN)) {
    await test.step(`${name} is there again`, async () => {
      const cell = cells.get(name)!;
      await bringInSight(page, cell);
      await expect(cellOf(page, cell).locator(selector).first()).toBeVisible();
    });
  }

  await test.step('a pair that was selected is brought in sight', async () => {
    await bringInSight(page, cells.get('selector')!);
    await expect(
      cellOf(page, cells.get('selector')!).locator(
        '.jp-SpreadlabTable-row[aria-selected="true"]'
      )
    ).toBeInViewport();
  });

  await test.step('what is done in a view reaches the kernel', async () => {
    await bringInSight(page, cells.get('table')!);
    const row = cellOf(page, cells.get('table')!)
      .locator('.jp-SpreadlabTable-row')
      .nth(2);
    const pair = (await row.getAttribute('data-pair'))!;
    await row.click();
    await expect
      .poll(() => askKernel(page, 'print(*views["table"].selected, sep="|")'))
      .toBe(pair);
  });

  await test.step('what the kernel answers reaches every view of the workbench', async () => {
    await bringInSight(page, cells.get('workbench')!);
    const workbench = cellOf(page, cells.get('workbench')!).locator(
      '.jp-SpreadlabWorkbench'
    );
    await workbench.locator('.jp-SpreadlabTable-row').first().click();
    for (const view of ['Spread', 'Fit', 'Heatmap', 'Backtest']) {
      await expect(
        workbench.locator(`.jp-Spreadlab${view} canvas:visible`).first()
      ).toBeVisible();
    }
    await expect(workbench).toHaveAttribute('aria-busy', 'false');
    expect(
      await askKernel(
        page,
        'views["workbench"].settle()',
        'print(views["workbench"].answers["outside"] is not None)'
      )
    ).toBe('True');
    await expect(workbench.getByRole('alert')).toHaveCount(0);
  });

  // Nobody else ends the kernel, since Galata does not know of it.
  await page.kernel.shutdownAll();
});

async function bringInSight(page: Page, cell: number): Promise<void> {
  await page.evaluate(async at => {
    await window.spreadlabPanel().content.scrollToItem(at, 'start');
  }, cell);
}
