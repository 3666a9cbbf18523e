import { expect, test } from '@playwright/test';

import { Watch } from '../tests/watch';

test('the plugins load under a base URL, with collaboration installed', async ({
  page,
  baseURL
}) => {
  const watch = new Watch(page);
  await page.goto(`${baseURL!}/lab?reset`);
  await expect(
    page.locator('.jp-LauncherCard', { hasText: 'Pairs research' })
  ).toBeVisible({ timeout: 60_000 });
  const plugins = await page.evaluate(() => window.jupyterapp.listPlugins());
  expect(plugins.some(id => id.startsWith('@jupyter/collaboration'))).toBe(
    true
  );
  watch.check();
});
