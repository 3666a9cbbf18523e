import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { report } from '../bench/report';
import { expect, test } from '../tests/lab';
import { pricesCsv, sessions, workbenchOf } from './workbench';

const TIMES = 20;
const WARM = 2;

test.use({ kernels: null, sessions: null });

/** JavaScript's heap after opening and closing the workbench, against that after the first times. */
test('the workbench is opened and closed', async ({ page, tmpPath }) => {
  await page.contents.uploadContent(
    pricesCsv(),
    'text',
    `${tmpPath}/closes.csv`
  );
  const client = await page.context().newCDPSession(page.page);
  const heap = async () => {
    // Twice: finalizers of the first round free what the second collects.
    await client.send('HeapProfiler.collectGarbage');
    await client.send('HeapProfiler.collectGarbage');
    const { usedSize } = await client.send('Runtime.getHeapUsage');
    return usedSize / 2 ** 20;
  };
  for (let time = 0; time < WARM; time++) {
    await openAndClose(page, `${tmpPath}/closes.csv`);
  }
  const before = await heap();
  for (let time = 0; time < TIMES; time++) {
    await openAndClose(page, `${tmpPath}/closes.csv`);
  }
  report('memory', [
    {
      name: `memory left by the workbench opened and closed ${TIMES} times`,
      value: (await heap()) - before,
      unit: 'MB',
      target: '<= 20'
    }
  ]);
});

async function openAndClose(
  page: IJupyterLabPageFixture,
  path: string
): Promise<void> {
  await page.evaluate(async file => {
    await window.jupyterapp.commands.execute('spreadlab:open-workbench', {
      path: file
    });
  }, path);
  await expect(
    workbenchOf(page).locator('.jp-SpreadlabTable-row').first()
  ).toBeVisible({ timeout: 120_000 });
  await page.evaluate(() => {
    window.jupyterapp.shell.currentWidget!.close();
  });
  await expect(workbenchOf(page)).toHaveCount(0);
  await expect.poll(async () => sessions(page)).toEqual([]);
}
