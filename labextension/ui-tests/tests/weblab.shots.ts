import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, test } from '@playwright/test';

import { openLab, WebLab } from './weblab';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');

const SIZES = {
  'web-lab': { width: 1400, height: 900 },
  'web-lab-phone': { width: 390, height: 844 }
} as const;

test.use({ deviceScaleFactor: 2, viewport: SIZES['web-lab'] });

test('pictures of the web lab', async ({ page }) => {
  mkdirSync(IMAGES, { recursive: true });
  const lab = await WebLab.start(['--speed=100']);
  try {
    await openLab(page, lab.link);
    for (const box of await page.getByRole('checkbox').all()) {
      await box.check();
    }
    await page.getByRole('button', { name: 'Start the replay' }).click();
    const progress = page.locator('.jp-SpreadlabLive-progress');
    await expect(progress).toHaveText(/^bar [3-6]\d\d /, { timeout: 120_000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    for (const [name, size] of Object.entries(SIZES)) {
      await page.setViewportSize(size);
      const tabs = name === 'web-lab' ? ['Live', 'Portfolio'] : ['Live'];
      for (const tab of tabs) {
        await page.getByRole('tab', { name: tab }).click();
        for (const theme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme: theme });
          // The views' next frames end within this time.
          await page.waitForTimeout(1500);
          const which = tab === 'Live' ? '' : '-portfolio';
          await page.screenshot({
            path: resolve(IMAGES, `${name}${which}-${theme}.png`)
          });
        }
      }
    }
  } finally {
    await lab.stop();
  }
});
