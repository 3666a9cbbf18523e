import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { newNotebook, runCode } from './cells';
import { expect, test } from './lab';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');

test.use({ viewport: { width: 1400, height: 1150 }, deviceScaleFactor: 2 });

test('pictures of workbench, policy map, uncertainty and engine', async ({
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
    'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
    'wb = Workbench(prices, selected=("PEP", "KO"))',
    'wb'
  );
  await runCode(
    page,
    'wb.settle()',
    'policy_map = PolicyHeatmap(wb.answers["policy"], ou=wb.answers["fit"], mode="map")',
    'policy_map'
  );
  await runCode(
    page,
    'unsure = PolicyHeatmap(wb.answers["policy"], ou=wb.answers["fit"], mode="uncertainty")',
    'unsure'
  );
  await runCode(page, 'EnginePanel()');
  const subjects = {
    workbench: page.locator('.jp-SpreadlabWorkbench').first(),
    'policy-map': page.locator('.jp-SpreadlabHeatmap').nth(1),
    'policy-uncertainty': page.locator('.jp-SpreadlabHeatmap').nth(2),
    'engine-panel': page.locator('.jp-SpreadlabEngine').last()
  };
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate(
      async name => {
        await window.jupyterapp.commands.execute('apputils:change-theme', {
          theme: name
        });
      },
      `JupyterLab ${theme === 'light' ? 'Light' : 'Dark'}`
    );
    await expect(page.locator('body')).toHaveAttribute(
      'data-jp-theme-light',
      String(theme === 'light')
    );
    for (const [name, subject] of Object.entries(subjects)) {
      await subject.scrollIntoViewIfNeeded();
      // The theme's transition and the views' next frames end within this time.
      await page.waitForTimeout(1000);
      await subject.screenshot({
        path: resolve(IMAGES, `${name}-${theme}.png`)
      });
    }
  }
});
