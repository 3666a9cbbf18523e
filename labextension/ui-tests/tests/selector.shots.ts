import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { cellOf, newNotebook, runCode } from './cells';
import { expect, test } from './lab';
import { GATED_ENGINE } from './gated';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');
const SELECTOR = '.jp-SpreadlabSelector';

test.use({ deviceScaleFactor: 2, viewport: { width: 1240, height: 1250 } });

test('pictures of the pair selector in every state and both themes', async ({
  page
}) => {
  mkdirSync(IMAGES, { recursive: true });
  await newNotebook(page, 'selector-pictures.ipynb');
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });
  await runCode(
    page,
    'import numpy as np, spreadlab as sl',
    'from spreadlab_widgets import PairSelector',
    'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
    'scan = sl.discover_pairs(prices, progress=False)',
    GATED_ENGINE
  );
  const states: Record<string, string[]> = {
    ready: [
      'view = PairSelector(scan, prices, window=(250, 2000)); view.wait()',
      'view.selected = tuple(view.scan.to_frame().loc[0, ["dependent", "hedge"]])',
      'view.table.filters = {"half_life": ".. 90"}',
      'view'
    ],
    empty: ['PairSelector()'],
    loading: [
      'engine = GatedEngine(); view = PairSelector(prices, engine=engine)',
      'view'
    ],
    streaming: [
      'engine = GatedEngine()',
      'wide = sl.data.simulate_universe(70, 600, n_pairs=4, seed=2).prices',
      'view = PairSelector(wide, engine=engine); engine.allow(2)',
      'view'
    ],
    error: [
      'bad = prices.assign(FLAT=1.0)',
      'view = PairSelector(sl.discover_pairs(bad, progress=False), bad)',
      'view.selected = ("KO", "FLAT")',
      'view'
    ]
  };
  for (const [state, code] of Object.entries(states)) {
    const cell = await runCode(page, ...code);
    const output = cellOf(page, cell).locator(SELECTOR);
    if (state === 'streaming') {
      await expect(
        output.locator('.jp-SpreadlabTable-row').first()
      ).toBeVisible();
    }
    for (const theme of ['light', 'dark'] as const) {
      await setTheme(page, theme);
      await output.scrollIntoViewIfNeeded();
      // Transitions of bqplot and of the theme end within this time.
      await page.waitForTimeout(1200);
      await output.screenshot({
        path: resolve(
          IMAGES,
          state === 'ready'
            ? `pair-selector-${theme}.png`
            : `pair-selector-${state}-${theme}.png`
        )
      });
    }
  }
});

async function setTheme(
  page: IJupyterLabPageFixture,
  theme: 'light' | 'dark'
): Promise<void> {
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
}
