import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { newNotebook, runCode } from './cells';
import { expect, test } from './lab';
import { setTheme, SETUP } from './research';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');

test.use({ deviceScaleFactor: 2, viewport: { width: 1400, height: 1300 } });

const CELLS = [
  SETUP,
  'spread = SpreadView(pair, prices, ou=fit, policy=policy, backtest=[first, later])\nspread',
  'fitted = OUFitView(fit, pair.times)\nfitted',
  'traded = BacktestView(first, later, sweep=sweep, prices_after=outside, study=study)\ntraded',
  'SpreadView()',
  'OUFitView()',
  'BacktestView()'
];

test('pictures of the spread, the fit and the backtest', async ({ page }) => {
  mkdirSync(IMAGES, { recursive: true });
  await newNotebook(page, 'research.ipynb');
  for (const source of CELLS) {
    await runCode(page, source);
  }
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });
  for (const theme of ['light', 'dark'] as const) {
    await setTheme(page, theme);
    for (const [selector, name] of [
      ['.jp-SpreadlabSpread', 'spread-view'],
      ['.jp-SpreadlabFit', 'ou-fit-view'],
      ['.jp-SpreadlabBacktest', 'backtest-view']
    ] as const) {
      for (const [index, state] of ['', '-empty'].entries()) {
        const view = page.locator(selector).nth(index);
        await view.scrollIntoViewIfNeeded();
        await expect(view).toBeVisible();
        await page.waitForTimeout(300); // canvases draw in the next frame
        await view.screenshot({
          path: resolve(IMAGES, `${name}${state}-${theme}.png`)
        });
      }
    }
  }
});
