import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { expectAccessible } from './axe';
import { askKernel, newNotebook, runCode } from './cells';
import { expect, test } from './lab';

const SETUP = [
  'import spreadlab as sl',
  'from spreadlab_widgets import Workbench',
  'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
  "wb = Workbench(prices, source=\"prices = sl.data.load_sp500(start='2014-01-01', end='2022-12-28')\")",
  'wb'
];

async function open(page: IJupyterLabPageFixture): Promise<Locator> {
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });
  await newNotebook(page, 'workbench.ipynb');
  await runCode(page, ...SETUP);
  const workbench = page.locator('.jp-SpreadlabWorkbench').first();
  await expect(
    workbench.locator('.jp-SpreadlabTable-row').first()
  ).toBeVisible();
  return workbench;
}

async function rest(workbench: Locator): Promise<void> {
  await expect(workbench).toHaveAttribute('aria-busy', 'false');
}

/** Everything that a view has painted. */
async function pixels(workbench: Locator, view: string): Promise<string> {
  return workbench
    .locator(`.jp-Spreadlab${view} canvas`)
    .first()
    .evaluate(node => (node as HTMLCanvasElement).toDataURL());
}

async function runs(page: IJupyterLabPageFixture): Promise<string> {
  return askKernel(
    page,
    'wb.settle()',
    'print(sorted(wb.pipeline.runs.items()))'
  );
}

test('a pair, a window, a slider: everything that hangs on it follows', async ({
  page
}) => {
  const workbench = await open(page);

  await test.step('a click on a pair fills every view', async () => {
    await workbench.locator('.jp-SpreadlabTable-row').first().click();
    for (const view of ['Spread', 'Fit', 'Heatmap', 'Backtest']) {
      await expect(
        workbench.locator(`.jp-Spreadlab${view} canvas`).first()
      ).toBeVisible();
    }
    await rest(workbench);
    await expect(workbench.getByRole('alert')).toHaveCount(0);
  });

  await test.step('it fits on the screen', async () => {
    const box = (await workbench.boundingBox())!;
    expect(box.width).toBeLessThanOrEqual(1400);
    expect(box.height).toBeLessThanOrEqual(900);
    expect(
      await workbench.evaluate(node => node.scrollWidth - node.clientWidth)
    ).toBeLessThanOrEqual(1);
  });

  await test.step('a slider moves policy and backtest, and not the fit', async () => {
    const before = await runs(page);
    const heatmap = await pixels(workbench, 'Heatmap');
    const fit = await pixels(workbench, 'Fit');
    const slider = workbench.locator('[data-parameter="risk_penalty"]');
    await slider.focus();
    for (let press = 0; press < 20; press++) {
      await page.keyboard.press('ArrowRight');
    }
    await expect.poll(() => pixels(workbench, 'Heatmap')).not.toBe(heatmap);
    await rest(workbench);
    expect(await pixels(workbench, 'Fit')).toBe(fit);
    const after = await runs(page);
    expect(after).not.toBe(before);
    for (const stage of ['scan', 'pair', 'fit', 'sweep']) {
      expect(after.includes(`('${stage}', 1)`), stage).toBe(true);
    }
  });

  await test.step('the code gives the numbers on the screen', async () => {
    const same = await askKernel(
      page,
      'wb.settle()',
      'names = {}',
      'exec(wb.code, names)',
      'print(names["policy"].thresholds == wb.answers["policy"].thresholds,',
      '      names["inside"].sharpe == wb.answers["inside"].sharpe)'
    );
    expect(same).toBe('True True');
  });

  await expectAccessible(page, '.jp-SpreadlabWorkbench');
});

test('the whole way by keyboard', async ({ page }) => {
  const workbench = await open(page);
  await workbench.locator('.jp-SpreadlabTable [role="grid"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(
    workbench.locator('.jp-SpreadlabBacktest canvas').first()
  ).toBeVisible();
  await rest(workbench);

  const words = workbench.locator('.jp-SpreadlabWorkbench-window');
  const window = await words.innerText();
  await page.keyboard.press('[');
  await expect(words).not.toHaveText(window);
  await page.keyboard.press(']');
  await expect(words).toHaveText(window);

  const keys = workbench.locator('.jp-SpreadlabWorkbench-keys');
  await expect(keys).toBeHidden();
  await page.keyboard.press('?');
  await expect(keys).toBeVisible();
  await page.keyboard.press('?');
  await expect(keys).toBeHidden();

  await test.step('a cell of the sweep is traded, and the policy again', async () => {
    const sweep = workbench.locator('.jp-SpreadlabSweep canvas[tabindex]');
    await sweep.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => askKernel(page, 'wb.settle(); print(wb.point is not None)'))
      .toBe('True');
    await sweep.focus();
    await page.keyboard.press('p');
    await expect
      .poll(() => askKernel(page, 'wb.settle(); print(wb.point)'))
      .toBe('None');
  });
});

test('it stacks where it is narrow', async ({ page }) => {
  const workbench = await open(page);
  await page.setViewportSize({ width: 800, height: 900 });
  const [pairs, spread] = await Promise.all(
    ['pairs', 'spread'].map(async area =>
      workbench.locator(`.jp-SpreadlabWorkbench-${area}`).boundingBox()
    )
  );
  expect(spread!.y).toBeGreaterThan(pairs!.y + pairs!.height - 1);
});
