import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { cellOf, newNotebook, runCode } from './cells';
import { expect, test } from './lab';
import { SESSION } from './live';
import { setTheme } from './research';

const IMAGES =
  process.env['SPREADLAB_IMAGES'] ?? resolve(__dirname, '../../../docs/images');

test.use({ viewport: { width: 1400, height: 1300 }, deviceScaleFactor: 2 });

/** Cells, by the name of their picture. */
const CELLS: Readonly<Record<string, string>> = {
  'live-monitor':
    'monitor = LiveMonitor(session, selected="CVX-XOM", bars=300)\nmonitor',
  'live-monitor-empty': 'LiveMonitor()',
  'portfolio-view':
    'portfolio = PortfolioView(session)\nbook.order("KO-PEP", 0)\nportfolio',
  'portfolio-view-empty': 'PortfolioView()'
};

test('pictures of the live views', async ({ page }) => {
  mkdirSync(IMAGES, { recursive: true });
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });
  await newNotebook(page, 'live.ipynb');
  await runCode(
    page,
    ...SESSION,
    'book = sl.live.PaperBook(limits=sl.live.Limits(gross=3.0, name=1.0, pair_loss=0.15))',
    'session = sl.live.Session(sl.live.ReplayFeed(later.iloc[:700]), sl.live.Monitor(models), book)',
    'session.start()',
    'session.join()'
  );
  for (const [name, source] of Object.entries(CELLS)) {
    const cell = await runCode(page, source);
    const subject = cellOf(page, cell)
      .locator('.jp-SpreadlabLive, .jp-SpreadlabPortfolio')
      .first();
    await expect(subject).toBeVisible();
    for (const theme of ['light', 'dark'] as const) {
      await setTheme(page, theme);
      await subject.scrollIntoViewIfNeeded();
      // The theme's transition and the view's next frames end within this time.
      await page.waitForTimeout(1500);
      await subject.screenshot({
        path: resolve(IMAGES, `${name}-${theme}.png`)
      });
    }
  }
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 470, height: 1900 } });

  test('pictures of both views', async ({ page }) => {
    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('application:toggle-left-area');
    });
    await newNotebook(page, 'phone.ipynb');
    await runCode(
      page,
      ...SESSION,
      'book = sl.live.PaperBook(limits=sl.live.Limits(gross=3.0))',
      'session = sl.live.Session(sl.live.ReplayFeed(later.iloc[:700]), sl.live.Monitor(models), book)',
      'session.start()',
      'session.join()'
    );
    for (const [name, source, selector] of [
      ['live-monitor', 'LiveMonitor(session, bars=200)', '.jp-SpreadlabLive'],
      ['portfolio-view', 'PortfolioView(session)', '.jp-SpreadlabPortfolio']
    ] as const) {
      const cell = await runCode(page, source);
      const subject = cellOf(page, cell).locator(selector);
      await expect(subject).toBeVisible();
      await page.waitForTimeout(1500);
      await subject.screenshot({
        path: resolve(IMAGES, `${name}-phone-light.png`)
      });
    }
  });
});
