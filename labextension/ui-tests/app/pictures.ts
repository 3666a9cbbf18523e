import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Page, PageScreenshotOptions } from '@playwright/test';

import { setTheme } from '../tests/research';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');

/**
 * Take a picture in each theme: `app-NAME-light.png` and `app-NAME-dark.png`.
 *
 * @param prepare - what a change of the theme would undo, such as an open menu
 */
export async function picture(
  page: Page,
  name: string,
  prepare?: () => Promise<void>,
  options: PageScreenshotOptions = {}
): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  for (const theme of ['light', 'dark'] as const) {
    await setTheme(page, theme);
    await prepare?.();
    await page.screenshot({
      ...options,
      animations: 'disabled',
      path: resolve(IMAGES, `app-${name}-${theme}.png`)
    });
    await page.keyboard.press('Escape');
  }
}
