import type { Locator } from '@playwright/test';

import { expectAccessible } from './axe';
import { askKernel, cellOf, newNotebook, runAgain, runCode } from './cells';
import { expect, test } from './lab';
import { SESSION } from './live';

/** Pairs that are traded by hand alone, in a book that has room for one of them. */
const BY_HAND = [
  ...SESSION,
  'import ipywidgets',
  'book = sl.live.PaperBook(limits=sl.live.Limits(gross=1.5))',
  'for model in models:',
  '    book.add(model, automatic=False)',
  'feed = sl.live.ReplayFeed(later, speed=100.0)',
  'session = sl.live.Session(feed, sl.live.Monitor(models), book)',
  'monitor, portfolio = LiveMonitor(session), PortfolioView(session)',
  'both = ipywidgets.VBox([monitor, portfolio])',
  'both'
];

/** How many bars a chart has, as it tells a screen reader. */
async function barsOf(view: Locator): Promise<number> {
  const label = await view
    .getByRole('application')
    .first()
    .getAttribute('aria-label');
  return Number(/([\d,]+) bars/.exec(label ?? '')?.[1]?.replace(',', '') ?? 0);
}

function picture(view: Locator): Promise<string> {
  return view
    .locator('.jp-SpreadlabLive-chart canvas')
    .first()
    .evaluate(canvas => (canvas as HTMLCanvasElement).toDataURL());
}

test('a replay is watched, traded by hand, and runs into a limit', async ({
  page
}) => {
  await newNotebook(page, 'live.ipynb');
  const cell = await runCode(page, ...BY_HAND);
  const live = cellOf(page, cell).locator('.jp-SpreadlabLive');
  const book = cellOf(page, cell).locator('.jp-SpreadlabPortfolio');
  await expect(live.locator('.jp-SpreadlabLive-state')).toHaveText(
    'not started'
  );
  await expect(live.locator('[data-pair="KO-PEP"]')).toContainText(
    'no bar yet'
  );

  await live.getByRole('button', { name: 'Start' }).click();
  await expect(live).toHaveAttribute('data-state', 'running');
  await expect.poll(() => barsOf(live)).toBeGreaterThan(5);
  const before = await picture(live);
  await expect(live.locator('.jp-SpreadlabLive-alert').first()).toBeVisible();
  await expect(live.locator('.jp-SpreadlabLive-alert').first()).toContainText(
    /signal|half-life|bars|errors|random walk/
  );
  await live.getByRole('button', { name: 'Pause' }).click();
  await expect(live).toHaveAttribute('data-state', 'paused');
  expect(await picture(live)).not.toBe(before);

  // By keyboard: another pair on the chart.
  await live.getByRole('grid').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(live.locator('h4').first()).toContainText('CVX-XOM');

  // An order that is none, one that is filled, one that a limit refuses.
  const form = book.getByRole('form', { name: 'Order by hand' });
  const said = form.locator('.jp-SpreadlabPortfolio-said');
  await form.getByRole('button', { name: 'Order' }).click();
  await expect(said).toHaveText('Choose a pair first.');
  await form.getByLabel('pair').selectOption('KO-PEP');
  await form.getByRole('button', { name: 'Order' }).click();
  await expect(said).toContainText('long ordered by hand');
  const pair = (name: string): Locator => book.locator(`[data-key="${name}"]`);
  await expect(pair('KO-PEP')).toContainText('long at the next bar');
  await form.getByLabel('pair').selectOption('CVX-XOM');
  await form.getByRole('radio', { name: 'short' }).check();
  await form.getByRole('button', { name: 'Order' }).click();
  await expect(pair('CVX-XOM')).toContainText('short at the next bar');
  await live.getByRole('button', { name: 'Go on' }).click();
  await expect(pair('KO-PEP').locator('[data-column="position"]')).toHaveText(
    '▲ long'
  );
  await expect(book.locator('.jp-SpreadlabPortfolio-refused')).toContainText(
    /CVX-XOM: short refused.*above 150.0 %/
  );
  await expect(live.locator('.jp-SpreadlabLive-alerts')).toContainText(
    'CVX-XOM: short refused'
  );
  await expect(book.locator('[data-key="KO"]')).toBeVisible();

  await expectAccessible(page, '.jp-SpreadlabLive');
  await expectAccessible(page, '.jp-SpreadlabPortfolio');

  const saved = page.waitForEvent('download');
  await book.getByLabel('Table to save').selectOption('fills');
  await book.getByRole('button', { name: 'Save as CSV' }).click();
  expect((await saved).suggestedFilename()).toBe('fills.csv');

  await book.getByRole('button', { name: 'Flatten all' }).click();
  await book.getByRole('button', { name: 'Yes, flatten all' }).click();
  await expect(pair('KO-PEP').locator('[data-column="position"]')).toHaveText(
    'flat'
  );
  await live.getByRole('button', { name: 'Stop' }).click();
  await expect(live).toHaveAttribute('data-state', 'stopped');

  // A cell that is run again, and views that are closed, leave nothing behind.
  const count = [
    'from ipywidgets.widgets.widget import _instances',
    // No variable may hold them: what a variable holds is not closed.
    'print(len(session._subscribers), sum(isinstance(w, (LiveMonitor, PortfolioView)) for w in _instances.values()))'
  ];
  const again = await runCode(page, 'LiveMonitor(session)');
  expect(await askKernel(page, ...count)).toBe('3 3');
  await runAgain(page, again);
  expect(await askKernel(page, ...count)).toBe('3 3');
  expect(
    await askKernel(
      page,
      'monitor.close(); portfolio.close(); both.close()',
      ...count
    )
  ).toBe('1 1');
  await expect(live).toHaveCount(0);
});

test('a session has pages in the workbench', async ({ page }) => {
  await newNotebook(page, 'pages.ipynb');
  const cell = await runCode(
    page,
    ...SESSION,
    'from spreadlab_widgets import Workbench',
    'session = sl.live.Session(sl.live.ReplayFeed(later), sl.live.Monitor(models), sl.live.PaperBook())',
    'session.start()',
    'session.join()',
    'bench = Workbench(formation, session=session)',
    'bench'
  );
  const bench = cellOf(page, cell).locator('.jp-SpreadlabWorkbench');
  await expect(bench.locator('.jp-SpreadlabTable-row').first()).toBeVisible();
  await bench.getByRole('tab', { name: 'Live' }).click();
  const live = bench.locator('.jp-SpreadlabLive');
  await expect(live).toHaveAttribute('data-state', 'over');
  await expect.poll(() => barsOf(live)).toBe(500);
  await bench.getByRole('tab', { name: 'Portfolio' }).click();
  await expect(bench.locator('[data-key="KO-PEP"]')).toBeVisible();
  await bench.getByRole('tab', { name: 'Research' }).click();
  await bench.locator('.jp-SpreadlabTable-scroller').first().focus();
  await page.keyboard.press('?');
  await expect(bench.locator('.jp-SpreadlabWorkbench-keys')).toBeVisible();
});
