import { expect, test } from '@playwright/test';

import { askKernel, kernelIsIdle } from '../tests/cells';
import { Watch } from '../tests/watch';
import { statusItem } from './sidebar';

const POLICY = {
  format: 'spreadlab.policy',
  version: 1,
  spec: { kappa: 2, theta: 0, sigma: 0.4 },
  thresholds: {
    enter_long: -0.1,
    exit_long: 0.1,
    enter_short: 0.2,
    exit_short: -0.2
  },
  boundaries: {
    time_to_go: ['Infinity'],
    enter_long: [-0.1],
    exit_long: [0.1],
    enter_short: [0.2],
    exit_short: [-0.2]
  },
  parts: { method: 'exact', error: 1e-12 }
};

test('workbench and viewers open under a base URL, with collaboration installed', async ({
  page,
  baseURL
}) => {
  const watch = new Watch(page);
  const saved = await page.request.put(
    `${baseURL!}/api/contents/p.policy.json`,
    {
      data: { type: 'file', format: 'text', content: JSON.stringify(POLICY) }
    }
  );
  expect(saved.ok()).toBe(true);
  await page.goto(`${baseURL!}/lab?reset`);
  const card = page.locator('.jp-LauncherCard', { hasText: 'Pairs Workbench' });
  await expect(card).toBeVisible({ timeout: 60_000 });
  const plugins = await page.evaluate(() => window.jupyterapp.listPlugins());
  expect(plugins.some(id => id.startsWith('@jupyter/collaboration'))).toBe(
    true
  );

  await page
    .locator('.jp-DirListing-item', { hasText: 'p.policy.json' })
    .dblclick();
  await expect(page.locator('.jp-SpreadlabPolicy svg polyline')).toHaveCount(
    4,
    { timeout: 60_000 }
  );

  await page.getByRole('menuitem', { name: 'Pairs', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Pairs Workbench' }).click();
  const workbench = page.locator('.jp-SpreadlabWorkbench');
  await expect(workbench.locator('.jp-SpreadlabTable-row').first()).toBeVisible(
    { timeout: 120_000 }
  );
  await page.evaluate(() => {
    window.jupyterapp.shell.currentWidget!.close();
  });
  await expect
    .poll(async () => {
      const reply = await page.request.get(`${baseURL!}/api/sessions`);
      return ((await reply.json()) as unknown[]).length;
    })
    .toBe(0);

  await test.step('a notebook that others may edit has its engine in the status bar', async () => {
    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('spreadlab:new-from-template', {
        template: '10_your_own_rule'
      });
    });
    await kernelIsIdle(page);
    await expect(statusItem(page)).toBeHidden();
    await askKernel(page, 'import spreadlab');
    await expect(statusItem(page)).toHaveText(/^local · \d+ threads?$/);
  });
  watch.check();
});
