import { newNotebook, runCode } from '../tests/cells';
import { expect, test } from '../tests/lab';
import { picture } from './pictures';
import { pricesCsv, settled } from './workbench';

test.use({
  viewport: { width: 1400, height: 900 },
  deviceScaleFactor: 2,
  kernels: null,
  sessions: null
});

/** The folder that the pictures show: the one of a test has the test's name. */
const FOLDER = 'research';

test('pictures of launcher, workbench, file menu and viewers', async ({
  page
}) => {
  // The kernel that lacks spreadlab is there for a test.
  await page.addStyleTag({
    content: '.jp-LauncherCard[title*="without spreadlab"] { display: none }'
  });
  await page.contents.createDirectory(FOLDER);
  await page.filebrowser.openDirectory(FOLDER);
  await page.contents.uploadContent(
    pricesCsv(),
    'text',
    `${FOLDER}/closes.csv`
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
  await page.contents.deleteFile(`${FOLDER}/results.ipynb`);
  await page.filebrowser.refresh();

  await page
    .locator('.jp-LauncherCard', { hasText: 'Pairs Workbench' })
    .scrollIntoViewIfNeeded();
  await picture(page, 'launcher');
  await picture(page, 'file-menu', async () => {
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
  await picture(page, 'policy');
  await page
    .locator('.jp-DirListing-item', { hasText: 'sp500.pairs.parquet' })
    .dblclick();
  await expect(page.locator('.spreadlab-result').first()).toBeVisible({
    timeout: 60_000
  });
  await picture(page, 'pairs');
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
  await picture(page, 'workbench');
  await page.contents.deleteDirectory(FOLDER);
});
