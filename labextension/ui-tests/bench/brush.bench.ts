import { newNotebook, runCode } from '../tests/cells';
import { expect, test } from '../tests/lab';
import { SETUP } from '../tests/research';
import { median, percentile, report } from './report';

const LINKED = `
spread = SpreadView(pair, prices, window=(200, 800))
fitted, traded = OUFitView(), BacktestView()

def follow(change):
    bars = slice(*change["new"])
    with fitted.reporting():
        fit = sl.estimate_ou(spread.spread[bars])
        policy = sl.solve_hjb(fit, discount=0.04, cost=sl.spread_cost(pair, **costs))
        result = sl.backtest(prices.iloc[bars], pair=pair, policy=policy, **costs)
        with spread.updating():
            spread.ou, spread.policy = fit, policy
        fitted.fit = fit
        traded.show(result)

traded.study = study
spread.observe(follow, "window")
follow({"new": spread.window})
`.trim();
const MOVES = 60;
/** The first moves warm up what runs for the first time. */
const WARM = 10;

declare global {
  interface Window {
    spreadlabSamples: number[];
  }
}

// The window of a real pair is dragged bar by bar; a sample ends when both the fit and the
// backtest are painted with their new numbers.
test('brush to refit and backtest', async ({ page }) => {
  await newNotebook(page, 'brush.ipynb');
  await runCode(page, SETUP);
  await runCode(
    page,
    LINKED,
    'import ipywidgets',
    'ipywidgets.VBox([spread, fitted, traded])'
  );
  const chart = page.locator('.jp-SpreadlabSpread').getByRole('application');
  await chart.scrollIntoViewIfNeeded();
  await expect(
    page.locator('.jp-SpreadlabFit [data-parameter="kappa"]')
  ).toBeVisible();
  await page.evaluate(() => {
    window.spreadlabSamples = [];
    const changed = [false, false];
    let start = 0;
    const done = (which: number) => () => {
      changed[which] = true;
      if (start > 0 && changed.every(Boolean)) {
        const from = start;
        start = 0;
        // Charts are drawn with the next frame; then it is painted.
        requestAnimationFrame(() => {
          setTimeout(() => {
            window.spreadlabSamples.push(performance.now() - from);
          });
        });
      }
    };
    ['.jp-SpreadlabFit tbody', '.jp-SpreadlabBacktest-metrics'].forEach(
      (selector, which) => {
        const node = document.querySelector(selector)!;
        new MutationObserver(done(which)).observe(
          which === 0 ? node.parentElement! : node,
          { childList: true }
        );
      }
    );
    document
      .querySelector('.jp-SpreadlabSpread .jp-Spreadlab-overlay')!
      .addEventListener(
        'pointermove',
        () => {
          changed.fill(false);
          start = performance.now();
        },
        { capture: true }
      );
  });
  const box = (await chart.boundingBox())!;
  const perBar = (box.width - 54 - 126) / 2264;
  const edge = box.x + 54 + 800 * perBar;
  await page.mouse.move(edge, box.y + 200);
  await page.mouse.down();
  const samples: number[] = [];
  for (let move = 1; move <= MOVES; move++) {
    await page.evaluate(() => {
      window.spreadlabSamples = [];
    });
    await page.mouse.move(edge + 3 * move, box.y + 200);
    await expect
      .poll(() => page.evaluate(() => window.spreadlabSamples.length), {
        intervals: [30]
      })
      .toBe(1);
    samples.push((await page.evaluate(() => window.spreadlabSamples))[0]!);
  }
  await page.mouse.up();
  const counted = samples.slice(WARM);
  const name = `brush -> OU refit, policy and backtest redrawn (${counted.length} moves)`;
  report('brush', [
    { name: `${name}, median`, value: median(counted), unit: 'ms', target: '' },
    {
      name: `${name}, p95`,
      value: percentile(counted, 0.95),
      unit: 'ms',
      target: '<= 100'
    }
  ]);
});
