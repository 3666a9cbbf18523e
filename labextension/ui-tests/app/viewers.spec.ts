import { expect, test } from '../tests/lab';
import { askKernel, newNotebook, runCode } from '../tests/cells';
import { pricesCsv } from './workbench';

test.use({ kernels: null, sessions: null });

test('saved results open by double click', async ({ page, tmpPath }) => {
  await page.contents.uploadContent(
    pricesCsv(),
    'text',
    `${tmpPath}/closes.csv`
  );
  await newNotebook(page, 'results.ipynb');
  await runCode(
    page,
    'import spreadlab as sl',
    'prices = sl.data.read_prices("closes.csv")',
    'prices.reset_index().to_parquet("prices.parquet")',
    'scan = sl.discover_pairs(prices, progress=False)',
    'scan.to_parquet("scan.pairs.parquet")',
    'pair = sl.test_pair(prices["BBB"], prices["AAA"])',
    'policy = sl.solve_hjb(sl.estimate_ou(pair.spread, dt=1 / 252), cost=0.002, discount=0.05)',
    'policy.to_json("bbb-aaa.policy.json")',
    'bt = sl.backtest(prices[["BBB", "AAA"]], pair=pair, policy=policy, cost_bps=5)',
    'bt.to_html("report.html")'
  );
  const level = Number(
    await askKernel(page, 'print(repr(policy.thresholds.enter_long))')
  );
  const best = await askKernel(
    page,
    'f = scan.to_frame()',
    'print(f.dependent[0], f.hedge[0], len(f))'
  );
  const [dependent, hedge, rows] = best.split(' ');
  await page.notebook.save();
  await page.notebook.close();
  await page.filebrowser.refresh();

  const open = async (name: string) => {
    await page
      .locator('.jp-DirListing-item', { hasText: name })
      .locator('.jp-DirListing-itemText')
      .dblclick();
    await expect(
      page.locator('.lm-TabBar-tab.lm-mod-current', { hasText: name })
    ).toHaveCount(1);
  };

  await test.step('a policy, without a kernel', async () => {
    await open('bbb-aaa.policy.json');
    const view = page.locator('.jp-SpreadlabPolicy');
    await expect(view.locator('svg polyline')).toHaveCount(4);
    const row = view.locator('tr', { hasText: 'enter long' });
    const shown = await row.locator('td').nth(1).innerText();
    expect(Number(shown.replace('−', '-'))).toBeCloseTo(level, 3);
    expect(Math.abs(Number(shown.replace('−', '-')) / level - 1)).toBeLessThan(
      1e-3
    );
  });

  await test.step('the report of a backtest', async () => {
    await open('report.html');
    const frame = page.frameLocator('.jp-HTMLViewer iframe');
    await expect(frame.locator('h1')).toContainText('Backtest of BBB and AAA');
    await expect(frame.locator('img').first()).toBeVisible();
  });

  await test.step('the pairs of a scan, through a kernel', async () => {
    await open('scan.pairs.parquet');
    const panel = page.locator('.jp-SpreadlabPanel:not(.lm-mod-hidden)');
    await expect(panel).toContainText('pairs of a scan', { timeout: 60_000 });
    const body = panel.locator('.spreadlab-result > table').last();
    await expect(body.locator('tbody tr')).toHaveCount(Number(rows));
    const first = body.locator('tbody tr').first();
    await expect(first.locator('td').nth(0)).toHaveText(dependent!);
    await expect(first.locator('td').nth(1)).toHaveText(hedge!);
  });

  await test.step('prices, as the workbench', async () => {
    await open('prices.parquet');
    const workbench = page.locator(
      '.jp-Document:not(.lm-mod-hidden) .jp-SpreadlabWorkbench'
    );
    await expect(workbench).toContainText('3 symbols', { timeout: 120_000 });
  });

  await test.step('the file browser knows them by an icon', async () => {
    for (const name of ['scan.pairs.parquet', 'bbb-aaa.policy.json']) {
      await expect(
        page
          .locator('.jp-DirListing-item', { hasText: name })
          .locator('[data-icon="spreadlab:pairs"]')
      ).toHaveCount(1);
    }
  });
});
