import { test } from '@playwright/test';

import { frameRate, median, report } from './report';

// Software rendering has a ceiling of its own: figures of smoothness are read beside this one.
test('frames of an empty page', async ({ page }) => {
  await page.goto('/api');
  const rates: number[] = [];
  for (let run = 0; run < 5; run++) {
    rates.push(await frameRate(page, ''));
  }
  report('page', [
    {
      name: 'empty page, median of 5 runs',
      value: median(rates),
      unit: 'frames/s',
      target: ''
    }
  ]);
});
