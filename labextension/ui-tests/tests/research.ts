import type { Page } from '@playwright/test';

import { expect } from './lab';

/** What the cells after it show: one real pair, chosen on six years and traded on the next three. */
export const SETUP = `
import numpy as np
import spreadlab as sl
from spreadlab_widgets import BacktestView, OUFitView, SpreadView

prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")[["KO", "PEP"]]
inside, outside = prices.loc[:"2019-12-31"], prices.loc["2020-01-01":]
costs = {"cost_bps": 2.0, "slippage_bps": 1.0}
study = sl.study("browser", in_memory=True)
with study:
    pair = sl.test_pair(inside["KO"], inside["PEP"], name="KO-PEP")
    fit = sl.estimate_ou(pair.spread)
    policy = sl.solve_hjb(fit, discount=0.04, cost=sl.spread_cost(pair, **costs))
    rule = sl.ZScoreRule(60)
    first = sl.backtest(inside, pair=pair, policy=policy, **costs)
    later = sl.backtest(outside, pair=pair, policy=policy, **costs)
    sweep = sl.sweep(
        inside,
        pair=pair,
        rule=rule,
        grid={"lookback": [20, 40, 60, 90, 120, 180], "entry_z": np.arange(1.0, 3.01, 0.25)},
        **costs,
    )
`.trim();

export async function setTheme(
  page: Page,
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
