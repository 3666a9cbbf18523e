import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Page } from '@playwright/test';

import { expect, launcherCard, runAll, test } from './lab';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');

test.use({ deviceScaleFactor: 2, viewport: { width: 1240, height: 1100 } });

test('pictures of the policy in both themes', async ({ page }) => {
  mkdirSync(IMAGES, { recursive: true });
  const card = launcherCard(page);
  await expect(card).toBeVisible();
  await card.click();
  await expect(
    page.getByRole('tab', { name: 'pairs-research.ipynb' })
  ).toBeVisible();
  await runAll(page);
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });

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

    const heatmap = page.locator('.jp-SpreadlabHeatmap').first();
    await heatmap.scrollIntoViewIfNeeded();
    const canvas = heatmap.getByRole('application');
    const { width, height } = (await canvas.boundingBox())!;
    await canvas.hover({ position: { x: 0.3 * width, y: height / 2 } });
    await picture(page, '.jp-SpreadlabHeatmap', `policy-heatmap-${theme}`);
  }
});

async function picture(
  page: Page,
  selector: string,
  name: string
): Promise<void> {
  // Transitions of the theme end within this time.
  await page.waitForTimeout(1500);
  await page
    .locator(selector)
    .first()
    .screenshot({ path: resolve(IMAGES, `${name}.png`) });
}
