import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { expectAccessible } from './axe';
import { askKernel, newNotebook, runCode } from './cells';
import { expect, test } from './lab';
import { SETUP } from './research';

const SHOW_SPREAD =
  'spread = SpreadView(pair, prices, ou=fit, policy=policy, backtest=[first, later])';
const SHOW_TRADED =
  'traded = BacktestView(first, later, sweep=sweep, prices_after=outside, study=study)';

test('the spread, its fit and its backtest, by mouse and by keyboard', async ({
  page
}) => {
  await newNotebook(page, 'research.ipynb');
  await runCode(page, SETUP);

  await test.step('the spread renders, and its window is brushed', async () => {
    await runCode(page, SHOW_SPREAD, 'spread');
    const view = page.locator('.jp-SpreadlabSpread');
    await view.scrollIntoViewIfNeeded();
    const chart = view.getByRole('application');
    await expect(view.locator('[data-field="window"]')).toHaveText(
      '2014-01-02 to 2019-12-31 (1,510 bars)'
    );
    expect(await inked(chart)).toBeGreaterThan(2000);
    const box = (await chart.boundingBox())!;
    const at = (share: number) => box.x + 54 + share * (box.width - 180);
    await page.mouse.move(at(0.25), box.y + 200);
    await page.mouse.down();
    await page.mouse.move(at(0.4), box.y + 200, { steps: 4 });
    await page.mouse.move(at(0.5), box.y + 200, { steps: 4 });
    await page.mouse.up();
    await expect
      .poll(() => askKernel(page, 'print(spread.window, spread.brushing)'))
      .toMatch(/^\(5[67]\d, 11[34]\d\) False$/);

    const [before] = await numbers(page, 'spread.window');
    await chart.focus();
    await page.keyboard.press(']');
    await page.keyboard.press(']');
    await page.keyboard.press('}');
    // The keys were the chart's: the notebook kept its cell.
    await expect(chart).toBeFocused();
    await expect
      .poll(async () => (await numbers(page, 'spread.window'))[0])
      .toBeGreaterThan(before!);
  });

  await test.step('the hedge ratio switches', async () => {
    const view = page.locator('.jp-SpreadlabSpread');
    await view.getByRole('radio', { name: 'Kalman' }).check();
    await expect(view.locator('[data-hidden-levels="static"]')).toBeVisible();
    await view.getByRole('radio', { name: 'Kalman' }).focus();
    await page.keyboard.press('ArrowLeft');
    await expect(view.getByRole('radio', { name: 'rolling' })).toBeChecked();
    await expect
      .poll(() =>
        askKernel(page, 'print(getattr(spread.hedge_series, "method", None))')
      )
      .toBe('rolling');
    await view.getByRole('radio', { name: 'static' }).check();
    await expect(view.locator('[data-hidden-levels]')).toHaveCount(0);
  });

  await test.step('the crosshair reads, the wheel zooms', async () => {
    const view = page.locator('.jp-SpreadlabSpread');
    const chart = view.getByRole('application');
    await chart.focus();
    await page.keyboard.press('Home');
    await expect(view.locator('[data-field="date"]')).toHaveText('2014-01-02');
    await page.keyboard.press('Shift+ArrowRight');
    await expect(view.locator('[data-field="date"]')).toHaveText('2014-01-16');
    const whole = await picture(chart);
    await view.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(() => picture(chart)).not.toBe(whole);
    await view.getByRole('button', { name: 'Show all bars' }).click();
    await expect.poll(() => picture(chart)).toBe(whole);
  });

  await test.step('every state is as high as every other', async () => {
    const view = page.locator('.jp-SpreadlabSpread');
    const height = async () => Math.round((await view.boundingBox())!.height);
    const full = await height();
    await runCode(page, 'spread.loading = True');
    await expect(view).toHaveClass(/jp-mod-stale/);
    expect.soft(await height()).toBe(full);
    await runCode(page, 'spread.loading = False', 'spread.pair = None');
    await expect(view.getByText('No pair yet.')).toBeVisible();
    expect.soft(await height()).toBe(full);
    await runCode(page, 'spread.pair = pair', 'spread.hedge_window = 100000');
    await runCode(page, 'spread.hedge = "kalman"');
    await expect(view.getByRole('alert')).toContainText('InvalidInputError');
    expect.soft(await height()).toBe(full);
  });

  await test.step('the fit renders with a verdict', async () => {
    await runCode(page, 'fitted = OUFitView(fit, pair.times)', 'fitted');
    const view = page.locator('.jp-SpreadlabFit');
    await view.scrollIntoViewIfNeeded();
    await expect(view.locator('.jp-Spreadlab-words')).toHaveText(
      (await askKernel(page, 'print(fit.verdict())')).trim()
    );
    await expect(
      view.locator('[data-parameter="half_life"] [data-kind="interval"]')
    ).toHaveText('[28.2, 139]');
    expect(await view.getByRole('img').count()).toBe(3);
    for (const chart of await view.locator('.jp-Spreadlab-overlay').all()) {
      expect(await inked(chart)).toBeGreaterThan(500);
    }
    const full = Math.round((await view.boundingBox())!.height);
    await runCode(page, 'fitted.fit = sl.estimate_ou(pair.spread[-400:])');
    await expect(view.locator('.jp-Spreadlab-words')).toContainText(
      'not distinguishable from a random walk'
    );
    await runCode(page, 'fitted.fit = None');
    await expect(view.getByText('No fit yet.')).toBeVisible();
    expect.soft(Math.round((await view.boundingBox())!.height)).toBe(full);
    await runCode(page, 'fitted.fit = fit');
  });

  await test.step('a trade is selected in table and chart', async () => {
    await runCode(page, SHOW_TRADED, 'traded');
    const view = page.locator('.jp-SpreadlabBacktest');
    await view.scrollIntoViewIfNeeded();
    const chart = view
      .locator('.jp-SpreadlabBacktest-chart')
      .getByRole('application');
    const table = view.getByRole('grid');
    await expect(table.locator('[data-trade="0"]')).toBeVisible();
    await expect.poll(() => inked(chart)).toBeGreaterThan(2000);
    const unmarked = await picture(chart, 'overlay');
    await table.locator('[data-trade="2"]').click();
    await expect(table.locator('[data-trade="2"]')).toHaveAttribute(
      'aria-selected',
      'true'
    );
    await expect.poll(() => picture(chart, 'overlay')).not.toBe(unmarked);
    expect(await askKernel(page, 'print(traded.trade)')).toBe('2');

    await table.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => askKernel(page, 'print(traded.trade)')).toBe('3');

    const head = table.locator('[role="columnheader"][data-column="pnl"]');
    await head.getByRole('button').click();
    await expect(head).toHaveAttribute('aria-sort', 'ascending');
    const texts = await table
      .locator('[role="gridcell"][data-column="pnl"]')
      .allInnerTexts();
    const profits = texts.map(text => Number(text.replace('−', '-')));
    expect(profits.length).toBeGreaterThan(5);
    expect(profits).toEqual([...profits].sort((a, b) => a - b));
  });

  await test.step('a cell of the sweep loads its backtest', async () => {
    const view = page.locator('.jp-SpreadlabBacktest');
    const cells = view.locator('.jp-SpreadlabSweep').getByRole('application');
    await cells.scrollIntoViewIfNeeded();
    const box = (await cells.boundingBox())!;
    await cells.click({ position: { x: 70, y: box.height - 50 } });
    await expect(view.locator('.jp-Spreadlab-words')).toContainText(
      'lookback 20, entry z 1.00'
    );
    expect(await askKernel(page, 'print(traded.point)')).toBe('0');
    await expect(view.locator('[data-part="out of sample"]')).toBeVisible();

    await cells.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(view.locator('.jp-Spreadlab-words')).toContainText(
      'lookback 40, entry z 1.25'
    );
    const naive = view.locator('[data-part="in sample"] [data-figure="naive"]');
    const expected = await askKernel(
      page,
      'from spreadlab.display.numbers import short',
      'print(short(float(sweep.sharpe[1, 1])))'
    );
    await expect(naive).toContainText(expected);
  });

  await test.step('axe finds no serious violation', async () => {
    await runCode(page, 'spread.hedge, spread.hedge_window = "static", 252');
    await expectAccessible(page, '.jp-SpreadlabSpread');
    await expectAccessible(page, '.jp-SpreadlabFit');
    await expectAccessible(page, '.jp-SpreadlabBacktest');
  });
});

/** Pixels of a chart's picture that are painted. */
async function inked(chart: Locator): Promise<number> {
  return chart.evaluate(node => {
    const canvas = node.parentElement!.querySelector('canvas')!;
    const { data } = canvas
      .getContext('2d')!
      .getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let k = 3; k < data.length; k += 4) {
      count += data[k]! > 0 ? 1 : 0;
    }
    return count;
  });
}

/** What a chart shows, as text to compare. */
async function picture(
  chart: Locator,
  which: 'base' | 'overlay' = 'base'
): Promise<string> {
  return chart.evaluate(
    (node, name) =>
      (name === 'base'
        ? node.parentElement!.querySelector('canvas')!
        : (node as HTMLCanvasElement)
      ).toDataURL(),
    which
  );
}

async function numbers(
  page: IJupyterLabPageFixture,
  expression: string
): Promise<number[]> {
  const text = await askKernel(page, `print(*${expression})`);
  return text.split(' ').map(Number);
}
