import { expect, galata, test as base } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

import { failures, kernelIsIdle } from './cells';
import { Watch } from './watch';

/** Galata's test with a watch on the page, checked when the test is over. */
export const test = base.extend<{ watch: Watch }>({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/apputils-extension:notification': {
      fetchNews: 'false',
      checkForUpdates: false
    }
  },
  watch: [
    async ({ page }, use) => {
      const watch = new Watch(page);
      await use(watch);
      watch.check();
    },
    { auto: true }
  ]
});

export { expect };

export function launcherCard(page: Page): Locator {
  return page
    .locator('.jp-Launcher-section', { hasText: 'spreadlab' })
    .locator('.jp-LauncherCard', { hasText: 'Pairs research' });
}

/** Run every cell of the notebook in front once its kernel is there, and see that none failed. */
export async function runAll(page: Page): Promise<void> {
  await kernelIsIdle(page);
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('notebook:run-all-cells');
  });
  const prompts = page.locator('.jp-CodeCell .jp-InputPrompt');
  await expect
    .poll(
      async () =>
        (await failures(page)).length > 0 ||
        (await prompts.allTextContents()).every(text => /\[\d+\]/.test(text)),
      { message: 'every cell has run', timeout: 180_000 }
    )
    .toBe(true);
  expect(await failures(page)).toEqual([]);
  await expect(
    page.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
  ).toHaveCount(0);
}

/** The texts of a column of the pair table, from the top down, as far as rows are in sight. */
export async function columnTexts(
  table: Locator,
  column: string
): Promise<string[]> {
  return table
    .locator(`[role="row"] .jp-SpreadlabTable-cell[data-column="${column}"]`)
    .allTextContents();
}
