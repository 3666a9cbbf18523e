import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { cellOf, newNotebook, runCode } from './cells';
import { expect, test } from './lab';
import { setTheme } from './research';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');

test.use({ deviceScaleFactor: 2, viewport: { width: 1240, height: 2600 } });

test('pictures of the strategy form in every state and both themes', async ({
  page
}) => {
  mkdirSync(IMAGES, { recursive: true });
  await newNotebook(page, 'strategy-pictures.ipynb');
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });
  await runCode(
    page,
    'import tempfile, spreadlab as sl',
    'from spreadlab_widgets import StrategyForm',
    'prices = sl.data.load_sp500(start="2014-01-01", end="2019-12-31")',
    'legs = prices[["KO", "PEP", "XOM"]]',
    'folder = tempfile.mkdtemp()',
    // Of all that was ever tried on this machine nothing is to be seen.
    'sl.study("pictures", in_memory=True).__enter__()'
  );
  const states: Record<string, string[]> = {
    '': [
      'form = StrategyForm(legs, folder=folder)',
      'form.values = {"name": "cola", "rule.zscore.lookback": "40", "rule.zscore.entry_z": "1.5"}',
      'form.settle(); form.save_as("cola")',
      'form.controls.folder = "strategies"; form'
    ],
    '-error': [
      'wrong = StrategyForm(legs, folder=folder); wrong.settle()',
      'wrong.values = {"rule.zscore.lookback": "1", "costs.cost_bps": "five", "pair.hedge": "KO"}',
      'wrong.controls.ask("cola.toml is there already.", {"replace": ("Replace it", wrong.new)})',
      'wrong'
    ],
    '-empty': ['StrategyForm(folder=folder)'],
    '-narrow': [
      'import ipywidgets',
      'narrow = StrategyForm(legs, folder=folder, layout=ipywidgets.Layout(width="390px"))',
      'narrow.settle(); narrow'
    ]
  };
  for (const [state, code] of Object.entries(states)) {
    const cell = await runCode(page, ...code);
    const form = cellOf(page, cell).locator('.jp-SpreadlabStrategy');
    await expect(form.locator('[data-key="name"]')).toBeVisible();
    for (const theme of ['light', 'dark'] as const) {
      await setTheme(page, theme);
      await form.scrollIntoViewIfNeeded();
      // Transitions of the theme end within this time.
      await page.waitForTimeout(1200);
      await form.screenshot({
        path: resolve(IMAGES, `strategy-form${state}-${theme}.png`)
      });
    }
  }
});
