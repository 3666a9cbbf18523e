import { test } from '@playwright/test';

import { WebLab } from '../tests/weblab';
import { median, report } from './report';

const LOADS = 5;
const WARMING = 45_000; // for the pool to fill: nothing tells from outside when it has

// From the link to a page that can be read and used, with a kernel that waited for it.
test('the web lab opens', async ({ browser }) => {
  const lab = await WebLab.start([`--pool=${LOADS + 1}`]);
  try {
    await new Promise(done => setTimeout(done, WARMING));
    const seconds: number[] = [];
    for (let load = 0; load <= LOADS; load++) {
      const page = await browser.newPage();
      const start = performance.now();
      await page.goto(lab.link);
      await page.getByRole('checkbox').first().waitFor();
      await page.getByRole('tabpanel', { name: 'Live' }).waitFor();
      if (load > 0) {
        // The first one compiles the page's code in the browser, once.
        seconds.push((performance.now() - start) / 1000);
      }
      await page.close({ runBeforeUnload: true });
    }
    report('weblab', [
      {
        name: `web lab ready, warm pool, median of ${LOADS} loads`,
        value: median(seconds),
        unit: 's',
        target: '<= 3'
      }
    ]);
  } finally {
    await lab.stop();
  }
});
