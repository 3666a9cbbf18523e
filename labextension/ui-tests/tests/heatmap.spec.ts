import type { Locator } from '@playwright/test';

import { expectAccessible } from './axe';
import { askKernel, newNotebook, runCode } from './cells';
import { expect, test } from './lab';

const SETUP = [
  'import spreadlab as sl',
  'from spreadlab_widgets import PolicyHeatmap',
  'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
  'pair = sl.test_pair(prices["KO"], prices["PEP"])',
  'ou = sl.estimate_ou(pair.spread, dt=1 / 252)',
  'cost = sl.spread_cost(pair, cost_bps=5, slippage_bps=2)',
  'policy = sl.solve_hjb(ou, cost=cost, discount=0.05)',
  'view = PolicyHeatmap(policy, ou=ou)',
  'view'
];

test('sliders solve the policy anew, and modes show more of it', async ({
  page
}) => {
  await newNotebook(page, 'heatmap.ipynb');
  await runCode(page, ...SETUP);
  const view = page.locator('.jp-SpreadlabHeatmap').first();
  const slider = (name: string) => view.locator(`[data-parameter="${name}"]`);
  await expect(view.getByRole('application')).toBeVisible();

  await test.step('a slider moves the picture', async () => {
    const before = await pixels(view);
    await slider('cost').focus();
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press('ArrowRight');
    }
    await expect.poll(() => pixels(view)).not.toBe(before);
    await expect(view).not.toHaveAttribute('data-answered', '0');
    const moved = await askKernel(
      page,
      'view.settle()',
      'ours = sl.solve_hjb(ou, cost=view.cost, discount=view.discount)',
      'print(view.policy.thresholds == ours.thresholds, view.cost > cost)'
    );
    expect(moved).toBe('True True');
  });

  await test.step('a deadline gives the picture rows', async () => {
    await view.getByRole('checkbox', { name: 'Trade to a deadline' }).check();
    await expect(slider('horizon')).toBeEnabled();
    await expect
      .poll(
        async () => (await view.getByRole('application').boundingBox())!.height
      )
      .toBeGreaterThan(300);
    await view.getByRole('application').focus();
    await page.keyboard.press('ArrowUp');
    await expect(view.locator('[data-field="time"]')).toContainText('years');
    await expect(view.locator('[data-field="value"]')).not.toHaveText('…');
  });

  for (const mode of ['value', 'map', 'uncertainty']) {
    await test.step(`the mode "${mode}" draws and reads out`, async () => {
      const before = await pixels(view);
      await view.getByLabel('show').selectOption(mode);
      await expect.poll(() => pixels(view)).not.toBe(before);
      await view.getByRole('application').focus();
      await page.keyboard.press('ArrowRight');
      await expect(view.locator('[data-field]').last()).not.toHaveText('–');
      await expect(view.getByRole('alert')).toHaveCount(0);
    });
  }

  await expectAccessible(page, '.jp-SpreadlabHeatmap');
});

/** Everything that is painted, as text. */
async function pixels(view: Locator): Promise<string> {
  return view
    .locator('canvas')
    .first()
    .evaluate(node => (node as HTMLCanvasElement).toDataURL());
}
