import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { cellOf, newNotebook, runCode } from './cells';
import { expect, test } from './lab';
import { setTheme } from './research';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');

test.use({ viewport: { width: 1400, height: 900 }, deviceScaleFactor: 2 });

/** Cells, by the name of their picture. */
const CELLS: Readonly<Record<string, string>> = {
  workbench: 'wb = Workbench(prices, selected=("PEP", "KO"))\nwb',
  'workbench-empty': 'Workbench(prices)',
  'workbench-error':
    'flat = prices.assign(FLAT=1.0)\nWorkbench(flat, selected=("KO", "FLAT"))',
  'policy-value':
    'wb.settle()\nvalue = PolicyHeatmap(wb.answers["policy"], mode="value")\nvalue',
  'policy-map':
    'policy_map = PolicyHeatmap(wb.answers["policy"], ou=wb.answers["fit"], mode="map")\npolicy_map',
  'policy-uncertainty':
    'unsure = PolicyHeatmap(wb.answers["policy"], ou=wb.answers["fit"], mode="uncertainty")\nunsure',
  'policy-empty': 'PolicyHeatmap()',
  'policy-stale': 'PolicyHeatmap(wb.answers["policy"], loading=True)',
  'engine-panel': 'EnginePanel()'
};
const SUBJECT =
  '.jp-SpreadlabWorkbench, .jp-SpreadlabHeatmap, .jp-SpreadlabEngine';

test('pictures of workbench, policies and engine, in every state', async ({
  page
}) => {
  mkdirSync(IMAGES, { recursive: true });
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });
  await newNotebook(page, 'pictures.ipynb');
  await runCode(
    page,
    'import spreadlab as sl',
    'from spreadlab_widgets import EnginePanel, PolicyHeatmap, Workbench',
    'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")'
  );
  for (const [name, source] of Object.entries(CELLS)) {
    const cell = await runCode(page, source);
    const subject = cellOf(page, cell).locator(SUBJECT).first();
    await expect(subject).toBeVisible();
    for (const theme of ['light', 'dark'] as const) {
      await setTheme(page, theme);
      await subject.scrollIntoViewIfNeeded();
      // The theme's transition, the first look and the views' next frames end within this time.
      await page.waitForTimeout(1500);
      await subject.screenshot({
        path: resolve(IMAGES, `${name}-${theme}.png`)
      });
    }
  }
});

test.describe('where it is narrow', () => {
  // As high as all of it: what a notebook scrolls out of sight is not in a picture.
  test.use({ viewport: { width: 760, height: 4700 } });

  test('a picture of the workbench', async ({ page }) => {
    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('application:toggle-left-area');
    });
    await newNotebook(page, 'narrow.ipynb');
    const cell = await runCode(
      page,
      'import spreadlab as sl',
      'from spreadlab_widgets import Workbench',
      'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
      'wb = Workbench(prices, selected=("PEP", "KO"))',
      'wb'
    );
    const subject = cellOf(page, cell).locator('.jp-SpreadlabWorkbench');
    await expect(
      subject.locator('.jp-SpreadlabBacktest canvas').first()
    ).toBeVisible();
    await page.waitForTimeout(1500);
    await subject.screenshot({
      path: resolve(IMAGES, 'workbench-narrow-light.png')
    });
  });
});
