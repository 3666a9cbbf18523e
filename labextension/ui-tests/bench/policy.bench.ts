import { newNotebook, runCode } from '../tests/cells';
import { expect, test } from '../tests/lab';
import { percentile, report } from './report';

const DRAGS = 130;
/** The first moves warm up what runs for the first time. */
const WARM = 10;

/** From the moment that a slider moves to the frame that shows its policy. */
test('a policy slider is dragged', async ({ page }) => {
  await newNotebook(page, 'policy.ipynb');
  await runCode(
    page,
    'import spreadlab as sl',
    'from spreadlab_widgets import PolicyHeatmap',
    'ou = sl.OUParams(kappa=6.0, theta=0.05, sigma=0.3)',
    'policy = sl.solve_hjb(ou, cost=0.003, discount=0.05, horizon=1.0, n_grid=401, n_time=200)',
    'PolicyHeatmap(policy)'
  );
  const view = page.locator('.jp-SpreadlabHeatmap').first();
  await expect(view.getByRole('application')).toBeVisible();
  const times = await view.evaluate(async (root, drags) => {
    const slider = root.querySelector<HTMLInputElement>(
      '[data-parameter="cost"]'
    )!;
    const found: number[] = [];
    for (let drag = 0; drag < drags; drag++) {
      const drawn = new Promise<void>(resolve => {
        const watch = new MutationObserver(() => {
          watch.disconnect();
          // Painted is the frame that shows what is drawn now.
          requestAnimationFrame(() => setTimeout(resolve));
        });
        watch.observe(root, { attributeFilter: ['data-answered'] });
      });
      const start = performance.now();
      // To and fro, since the slider ends.
      const step = Math.floor(drag / 50) % 2 === 0 ? 1 : -1;
      slider.value = String(Number(slider.value) + step);
      slider.dispatchEvent(new Event('input'));
      await drawn;
      found.push(performance.now() - start);
    }
    return found;
  }, DRAGS);
  const settled = times.slice(WARM);
  report('policy', [
    {
      name: 'policy slider, one step of a 200 x 401 policy: drawn, p95',
      value: percentile(settled, 0.95),
      unit: 'ms',
      target: '<= 50'
    },
    {
      name: 'policy slider, the same, median',
      value: percentile(settled, 0.5),
      unit: 'ms',
      target: ''
    }
  ]);
});
