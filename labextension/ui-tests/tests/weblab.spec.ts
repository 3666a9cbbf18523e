import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, type Page } from '@playwright/test';

import { expectAccessible } from './axe';
import { Program } from './programs';
import { Watch } from './watch';
import { expectOpen, openLab, pixels, printed, WebLab } from './weblab';

// The web lab as its users get it: `spreadlab lab` as a process, its page in a browser.

let lab: WebLab;

test.beforeAll(async () => {
  lab = await WebLab.start();
});

test.afterAll(async () => {
  await lab.stop();
});

test('who has not the token sees a door, and nothing behind it', async ({
  page
}) => {
  const asked: string[] = [];
  page.on('request', request => asked.push(new URL(request.url()).pathname));
  const words: string[] = [];
  page.on('console', message => words.push(message.text()));
  for (const query of ['', '?token=0123456789012345678901234567890123456789']) {
    const answer = await page.goto(lab.address + query);
    expect(answer!.status()).toBe(401);
    await expect(page.getByLabel('Token')).toBeVisible();
    expect(await page.locator('script, link[rel=stylesheet]').count()).toBe(0);
  }
  await page.getByLabel('Token').fill('not the token');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('not the token');
  expect(new Set(asked)).toEqual(new Set(['/']));
  for (const path of [
    'voila/static/voila.js',
    'api/kernels/x',
    'voila/query/x',
    'voila/templates/spreadlab/static/spreadlab.css'
  ]) {
    const answer = await page.request.get(lab.address + path);
    expect(answer.status(), path).toBe(401);
  }
  const opened = await page.evaluate(
    address =>
      new Promise<string>(resolve => {
        const socket = new WebSocket(
          `${address.replace('http', 'ws')}api/kernels/x/channels`
        );
        socket.onopen = () => {
          resolve('open');
        };
        socket.onerror = () => {
          resolve('refused');
        };
      }),
    lab.address
  );
  expect(opened).toBe('refused');
  await expectAccessible(page, 'body');
  // The form opens as the link does.
  await page.goto(lab.address);
  await page
    .getByLabel('Token')
    .fill(new URL(lab.link).searchParams.get('token')!);
  await page.getByRole('button', { name: 'Open' }).click();
  await expectOpen(page);
});

test('a replay moves, alerts, and goes on after a reload', async ({ page }) => {
  // Its own: the book of another may still be held by the page before.
  const own = await WebLab.start(['--speed=20']);
  try {
    const watch = new Watch(page);
    await openLab(page, own.link);
    expect(page.url()).toBe(own.address);
    const tabs = page.getByRole('tablist');
    await expect(tabs.getByRole('tab')).toHaveText([
      'Live',
      'Discover',
      'Strategy',
      'Portfolio'
    ]);
    await expect(page.getByRole('tabpanel', { name: 'Live' })).toBeVisible();
    await expect(page.locator('.jp-SpreadlabLive')).toBeHidden();
    await page.getByRole('button', { name: 'Start the replay' }).click();
    const progress = page.locator('.jp-SpreadlabLive-progress');
    await expect(progress).toHaveText(/^bar [1-9]\d* of \d+$/);
    const chart = page.locator('.jp-SpreadlabLive canvas').first();
    const before = await pixels(chart);
    await expect.poll(() => pixels(chart)).not.toBe(before);
    await expect(page.locator('.jp-SpreadlabLive-alert').first()).toContainText(
      /crossed/,
      { timeout: 120_000 }
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(page.locator('.jp-SpreadlabLive-state')).toContainText(
      'paused'
    );
    for (const part of ['barview', 'setup', 'tabs > .lm-TabBar']) {
      await expectAccessible(page, `.jp-SpreadlabLab-${part}`);
    }
    watch.check();

    await page.reload();
    await expectOpen(page);
    await expect(page.getByText(/^The book goes on after \d{4}/)).toBeVisible();
    await expect(
      page.getByRole('button', { name: 'Trade these' })
    ).toBeEnabled();
    const bars = Number(/of (\d+)/.exec((await progress.textContent())!)![1]);
    expect(bars).toBeLessThan(755);
    watch.check();
  } finally {
    await own.stop();
  }
});

test('keys turn the pages; colours follow the system until somebody chooses', async ({
  page
}) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await openLab(page, lab.link);
  const ground = (): Promise<string> =>
    page
      .locator('body')
      .evaluate(node => getComputedStyle(node).backgroundColor);
  await expect.poll(ground).toBe('rgb(255, 255, 255)');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(ground).not.toBe('rgb(255, 255, 255)');
  await page.getByLabel('Colours').selectOption('light');
  await expect.poll(ground).toBe('rgb(255, 255, 255)');
  await page.getByLabel('Colours').selectOption('auto');
  await expect.poll(ground).not.toBe('rgb(255, 255, 255)');

  await page.getByRole('tab', { name: 'Live' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Discover' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('.jp-SpreadlabTable-row').first()).toBeVisible();
  await expect(page.locator('.jp-SpreadlabWorkbench')).toContainText(
    'half-life'
  );

  // To be read on a phone: nothing is wider than the page.
  await page.setViewportSize({ width: 390, height: 844 });
  for (const name of ['Discover', 'Strategy', 'Live']) {
    await page.getByRole('tab', { name }).click();
    await expect.poll(() => overhang(page)).toBeLessThanOrEqual(0);
  }
});

test('a strategy is saved and traded; a limit refuses an order; a reload keeps the book', async ({
  page
}) => {
  // One bar, and then time to order before the next.
  const slow = await WebLab.start(['--speed=0.001']);
  try {
    const watch = new Watch(page);
    await openLab(page, slow.link);
    const turn = (name: string): Promise<void> =>
      page.getByRole('tab', { name, exact: true }).click();
    await turn('Portfolio');
    await expect(page.getByText('Nothing is traded yet')).toBeVisible();

    // A strategy that may hold next to nothing of a name.
    await turn('Strategy');
    const form = page.locator('.jp-SpreadlabStrategy');
    const limits = form.getByRole('group', { name: 'limits' });
    await limits.getByLabel('name', { exact: true }).fill('0.1');
    await form.getByRole('button', { name: 'Save as …' }).click();
    await form.getByLabel('Name of the file').fill('tight');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => readdirSync(slow.strategies))
      .toContain('tight.toml');
    expect(readFileSync(join(slow.strategies, 'tight.toml'), 'utf8')).toContain(
      'name = 0.1'
    );

    await turn('Live');
    const offers = page.getByRole('checkbox');
    await expect(offers).toHaveCount(4);
    for (const box of await offers.all()) {
      await box.uncheck();
    }
    await offers.first().check();
    const name = (await offers.first().getAttribute('value'))!;
    await page.getByRole('button', { name: 'Start the replay' }).click();
    const progress = page.locator('.jp-SpreadlabLive-progress');
    await expect(progress).toHaveText('bar 1 of 755');

    const book = page.locator('.jp-SpreadlabPortfolio');
    const events = book.getByRole('region', { name: 'Events' });
    const order = book.getByRole('form', { name: 'Order by hand' });
    const go = async (bars: number): Promise<void> => {
      await turn('Live');
      await page.getByLabel('bars a second').fill(String(bars));
      await page.keyboard.press('Enter');
    };
    const place = async (pair: string): Promise<void> => {
      await turn('Portfolio');
      await order.getByRole('combobox').selectOption(pair);
      await order.getByRole('radio', { name: 'long' }).check();
      await order.getByRole('button', { name: 'Order' }).click();
    };
    await place(name);
    await expect(order).toContainText('at its next bar');
    await go(200);
    await turn('Portfolio');
    await expect(events.locator('[data-kind="refused"]').first()).toContainText(
      /refused, it would bring .* above 10\.0 %/
    );
    await expect(events.locator('[data-kind="fill"]')).toHaveCount(0);

    // Another book, and a pair that no limit holds back.
    await turn('Live');
    await page.getByRole('button', { name: 'Start over' }).click();
    await expect(page.getByText(/What was in it is kept in/)).toBeVisible();
    await offers.first().uncheck();
    await offers.nth(1).check();
    const other = (await offers.nth(1).getAttribute('value'))!;
    await page.getByRole('button', { name: 'Start the replay' }).click();
    await expect(progress).toHaveText('bar 1 of 755');
    await place(other);
    await expect(order).toContainText('at its next bar');
    await go(200);
    await turn('Portfolio');
    await expect(events.locator('[data-kind="fill"]').first()).toContainText(
      other
    );
    await turn('Live');
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(page.locator('.jp-SpreadlabLive-state')).toContainText(
      'paused'
    );
    await turn('Portfolio');
    const figure = book.locator('[data-figure]').first();
    await expect(figure).not.toHaveText('–');
    // The last bars before the pause may still be on their way to this page.
    let equity = '';
    await expect
      .poll(
        async () => {
          const before = equity;
          equity = (await figure.textContent())!;
          return equity === before;
        },
        { intervals: [1000] }
      )
      .toBe(true);
    watch.check();

    await page.reload();
    await expectOpen(page);
    await turn('Portfolio');
    await expect(figure).toHaveText(equity);
    await expect(events.locator('[data-kind="fill"]').first()).toContainText(
      other
    );
    watch.check();
  } finally {
    await slow.stop();
  }
});

test('pages compute on a server once they are told to', async ({ page }) => {
  const server = new Program('spreadlab', ['serve', '--port=0'], lab.home);
  try {
    const port = await printed(server, /"port": (\d+)/);
    const watch = new Watch(page);
    await openLab(page, lab.link);
    await page.getByRole('button', { name: 'Engine: local' }).click();
    const panel = page.locator('.jp-SpreadlabEngine');
    await panel.getByRole('radio', { name: 'Remote' }).check();
    await panel.getByRole('textbox').first().fill(`127.0.0.1:${port}`);
    await panel.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(
      page.getByRole('button', { name: `Engine: grpc://127.0.0.1:${port}` })
    ).toBeVisible();
    await page.getByRole('tab', { name: 'Discover' }).click();
    const rows = page.locator('.jp-SpreadlabTable-row');
    await expect(rows.first()).toBeVisible();
    await expect(page.locator('.jp-SpreadlabBacktest')).toContainText(
      'trades',
      {
        timeout: 120_000
      }
    );
    await expect
      .poll(() => /"event": "[a-z_]*"/.test(server.output))
      .toBe(true);
    watch.check();
  } finally {
    await server.stop();
  }
});

/** Pixels by which the page is wider than the window. */
function overhang(page: Page): Promise<number> {
  return page
    .locator('main')
    .evaluate(node => node.scrollWidth - window.innerWidth);
}
