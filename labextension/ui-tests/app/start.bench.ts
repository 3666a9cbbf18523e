import { median, report } from '../bench/report';
import { expect, test } from '../tests/lab';

const LOADS = 7;

/** What `activate` of all plugins takes together, each time the page is loaded. */
test('JupyterLab starts', async ({ page }) => {
  const sums: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    await page.reload({ waitForIsReady: false });
    await page.evaluate(async () => {
      await window.jupyterapp.restored;
    });
    const times = await page.evaluate(() =>
      performance
        .getEntriesByName('spreadlab:activate')
        .map(entry => entry.duration)
    );
    expect(times.length).toBeGreaterThan(5);
    sums.push(times.reduce((sum, time) => sum + time, 0));
  }
  report('start', [
    {
      name: 'activation of all plugins, median of page loads',
      value: median(sums),
      unit: 'ms',
      target: '<= 20'
    },
    {
      name: 'activation of all plugins, slowest page load',
      value: Math.max(...sums),
      unit: 'ms',
      target: ''
    }
  ]);
});
