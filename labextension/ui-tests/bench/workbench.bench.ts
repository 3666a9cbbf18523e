import { newNotebook, runCode } from '../tests/cells';
import { expect, test } from '../tests/lab';
import { percentile, report } from './report';

const CLICKS = 60;

/** From the click on a pair to the frame after which no view of the workbench changes any more. */
test('a pair is clicked in the workbench', async ({ page }) => {
  await newNotebook(page, 'workbench.ipynb');
  await runCode(
    page,
    'import spreadlab as sl',
    'from spreadlab_widgets import Workbench',
    'wb = Workbench(sl.data.load_sp500(start="2014-01-01", end="2022-12-28"))',
    'wb'
  );
  const workbench = page.locator('.jp-SpreadlabWorkbench').first();
  const rows = workbench.locator('.jp-SpreadlabTable-row');
  await rows.first().click();
  await expect(
    workbench.locator('.jp-SpreadlabBacktest canvas').first()
  ).toBeVisible();
  await expect(workbench).toHaveAttribute('aria-busy', 'false');
  const times = await workbench.evaluate(async (root, clicks) => {
    const found: number[] = [];
    for (let click = 0; click < clicks; click++) {
      const busy = new Promise<void>(resolve => {
        let worked = false;
        const watch = new MutationObserver(() => {
          const now = root.getAttribute('aria-busy') === 'true';
          if (worked && !now) {
            watch.disconnect();
            requestAnimationFrame(() => {
              resolve();
            });
          }
          worked ||= now;
        });
        watch.observe(root, {
          attributes: true,
          attributeFilter: ['aria-busy']
        });
      });
      const row = root.querySelectorAll<HTMLElement>('.jp-SpreadlabTable-row')[
        1 + (click % 4)
      ]!;
      const start = performance.now();
      row.click();
      await busy;
      found.push(performance.now() - start);
    }
    return found;
  }, CLICKS);
  report('workbench', [
    {
      name: 'pair click: all views of the workbench, p95',
      value: percentile(times, 0.95),
      unit: 'ms',
      target: '<= 150'
    },
    {
      name: 'pair click, the same, median',
      value: percentile(times, 0.5),
      unit: 'ms',
      target: ''
    }
  ]);
});
