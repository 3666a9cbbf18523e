import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { newNotebook, runCode } from '../tests/cells';
import { expect, test } from '../tests/lab';
import { pricesCsv, setTheme, settled } from './workbench';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');
const THEMES = [
  ['light', 'JupyterLab Light'],
  ['dark', 'JupyterLab Dark']
] as const;

test.use({
  viewport: { width: 1400, height: 900 },
  deviceScaleFactor: 2,
  kernels: null,
  sessions: null
});

test('pictures of launcher, workbench, file menu and viewers', async ({
  page,
  tmpPath
}) => {
  mkdirSync(IMAGES, { recursive: true });
  const picture = async (name: string, prepare?: () => Promise<void>) => {
    for (const [kind, theme] of THEMES) {
      await setTheme(page, theme);
      await expect(page.locator('body')).toHaveAttribute(
        'data-jp-theme-name',
        theme
      );
      await prepare?.();
      await page.screenshot({ path: `${IMAGES}/app-${name}-${kind}.png` });
      await page.keyboard.press('Escape');
    }
  };
  await page.contents.uploadContent(
    pricesCsv(),
    'text',
    `${tmpPath}/closes.csv`
  );
  await newNotebook(page, 'results.ipynb');
  await runCode(
    page,
    'import spreadlab as sl',
    'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
    'sl.discover_pairs(prices, progress=False).to_parquet("sp500.pairs.parquet")',
    'pair = sl.test_pair(prices["KO"], prices["PEP"])',
    'ou = sl.estimate_ou(pair.spread, dt=1 / 252)',
    'cost = sl.spread_cost(pair, cost_bps=5, slippage_bps=2)',
    'sl.solve_hjb(ou, cost=cost, discount=0.05, horizon=0.5).to_json("ko-pep.policy.json")'
  );
  await page.notebook.save();
  await page.notebook.close();
  await page.contents.deleteFile(`${tmpPath}/results.ipynb`);
  await page.filebrowser.refresh();

  await page
    .locator('.jp-Launcher-section', { hasText: 'spreadlab' })
    .scrollIntoViewIfNeeded();
  await picture('launcher');
  await picture('file-menu', async () => {
    await page
      .locator('.jp-DirListing-item', { hasText: 'closes.csv' })
      .click({ button: 'right' });
    await page
      .getByRole('menuitem', { name: 'Open in Pairs Workbench' })
      .hover();
  });
  await page
    .locator('.jp-DirListing-item', { hasText: 'ko-pep.policy.json' })
    .dblclick();
  await expect(page.locator('.jp-SpreadlabPolicy svg')).toBeVisible();
  await picture('policy');
  await page
    .locator('.jp-DirListing-item', { hasText: 'sp500.pairs.parquet' })
    .dblclick();
  await expect(page.locator('.spreadlab-result').first()).toBeVisible({
    timeout: 60_000
  });
  await picture('pairs');
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('spreadlab:open-workbench');
  });
  await page.sidebar.close('left');
  const workbench = await settled(page);
  await workbench.getByRole('searchbox').fill('ko pep');
  const row = workbench.locator('.jp-SpreadlabTable-row');
  await expect(row).toHaveCount(1);
  await row.locator('[data-column="pair"]').click();
  await workbench.getByRole('searchbox').fill('');
  await settled(page);
  await expect(
    workbench.locator('.jp-SpreadlabBacktest canvas').first()
  ).toBeVisible();
  await picture('workbench');
});
