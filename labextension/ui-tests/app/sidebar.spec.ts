import type { Page } from '@playwright/test';

import { expectAccessible } from '../tests/axe';
import {
  askKernel,
  cellOf,
  openNotebook,
  runCode,
  startCode
} from '../tests/cells';
import { expect, test } from '../tests/lab';
import { setTheme } from '../tests/research';
import { EngineServer } from './engine-server';
import {
  lastOutput,
  openSidebar,
  section,
  sidebarOf,
  START,
  statusItem,
  STUCK,
  STUCK_SCAN
} from './sidebar';

/** Name engines in the settings, as a user would in their editor. */
async function nameEngines(
  page: Page,
  profiles: { name: string; address: string }[]
): Promise<void> {
  await page.evaluate(async named => {
    const registry = (await window.galata.getPlugin(
      '@jupyterlab/apputils-extension:settings'
    ))!;
    await registry.set('spreadlab:settings', 'engineProfiles', named);
  }, profiles);
}

/** Ask until there is an answer: a cell that fails takes along what comes right behind it. */
async function expectAnswer(
  page: Page,
  code: string,
  answer: string
): Promise<void> {
  await expect.poll(() => askKernel(page, code)).toBe(answer);
}

test('status bar and sidebar follow the engine of the notebook', async ({
  page,
  tmpPath
}) => {
  const server = await EngineServer.start();
  try {
    const status = statusItem(page);
    await openSidebar(page);
    const engine = section(page, /^Engine/);
    await expect(engine).toContainText('Open a notebook');
    await openNotebook(page, `${tmpPath}/engines.ipynb`);
    await expect(engine).toContainText('has not imported spreadlab yet');
    await expect(status).toBeHidden();

    await runCode(page, ...START);
    await expect(status).toHaveText(/^local · \d+ threads?$/);
    await expect(engine).toContainText(/local · \d+ threads?/);
    await expectAccessible(page, '#spreadlab-sidebar');

    await test.step('a profile of the settings connects', async () => {
      await nameEngines(page, [{ name: 'desk', address: server.address }]);
      await engine.getByLabel('Connect to').selectOption({ index: 1 });
      await engine
        .getByRole('button', { name: 'Connect', exact: true })
        .click();
      const connected = new RegExp(`^${server.place} · [\\d.]+ ms$`);
      await expect(status).toHaveText(connected);
      expect(await askKernel(page, 'print(sl.connect.__module__)')).toBe(
        'spreadlab.engines.registry'
      );
    });

    await test.step('the kernel counts the cells of its user alone', async () => {
      const cell = await runCode(page, '1 + 1');
      await expect(cellOf(page, cell).locator('.jp-InputPrompt')).toHaveText(
        '[2]:'
      );
    });

    await test.step('a server that dies is seen', async () => {
      await server.kill();
      await expect(status).toHaveText(`${server.place} · offline`);
      await expect(engine.getByRole('alert')).toContainText(
        'no spreadlab server answers'
      );
      await setTheme(page, 'dark');
      await expectAccessible(page, '#spreadlab-sidebar');
      await engine.getByRole('button', { name: 'Disconnect' }).click();
      await expect(status).toHaveText(/^local · /);
    });

    await test.step('a connection that fails leaves the engine in use', async () => {
      await engine
        .getByRole('button', { name: 'Connect', exact: true })
        .click();
      await expect(engine.getByRole('alert')).toContainText(
        'no spreadlab server answers'
      );
      await expect(status).toHaveText(/^local · /);
    });

    await test.step('the item opens the sidebar', async () => {
      await page.sidebar.close('left');
      await expect(sidebarOf(page)).toBeHidden();
      await status.focus();
      await page.keyboard.press('Enter');
      await expect(sidebarOf(page)).toBeVisible();
    });
  } finally {
    await server.kill();
  }
});

test('cancel reaches a scan while its cell blocks the kernel', async ({
  page,
  tmpPath
}) => {
  await openNotebook(page, `${tmpPath}/blocked.ipynb`);
  await runCode(page, ...START, ...STUCK);
  await openSidebar(page);
  const running = section(page, 'Running');
  await expect(running).toContainText('Nothing runs');

  await startCode(page, ...STUCK_SCAN);
  await expect(running).toContainText('pair scan');
  await expect(running).toContainText('blocked.ipynb');
  // The one tile that the engine let through.
  await expect(running.getByRole('progressbar')).not.toHaveAttribute(
    'value',
    '0'
  );
  await expectAccessible(page, '#spreadlab-sidebar');
  const cancel = running.getByRole('button', { name: /^Cancel pair scan/ });
  await expect(cancel).toHaveAttribute('title', /the kernel goes on/);
  await cancel.focus();
  await page.keyboard.press('Enter');
  await expect(lastOutput(page)).toContainText('ScanCancelledError');
  await expect(running).toContainText('Nothing runs');
  await expect(section(page, 'Recent results')).toContainText('cancelled');
  // The kernel is as it was: no name from the scan, and the next request runs.
  await expectAnswer(page, 'print("scan" in globals())', 'False');
});

test.describe('an older kernel', () => {
  // Galata's stand-in for the kernels' addresses takes no answer without a body.
  test.use({ kernels: null });

  test('a kernel without subshells is interrupted', async ({
    page,
    tmpPath
  }) => {
    await openNotebook(page, `${tmpPath}/deaf.ipynb`);
    await runCode(page, ...START, ...STUCK);
    await openSidebar(page);
    // An older ipykernel, as the page sees it.
    await page.evaluate(() => {
      const panel = window.jupyterapp.shell.currentWidget as unknown as {
        sessionContext: { session: { kernel: object } };
      };
      Object.defineProperty(
        panel.sessionContext.session.kernel,
        'supportsSubshells',
        { get: () => false }
      );
    });
    await startCode(page, ...STUCK_SCAN);
    const running = section(page, 'Running');
    const cancel = running.getByRole('button', { name: /^Cancel pair scan/ });
    await expect(cancel).toHaveAttribute('title', /its cell is interrupted/);
    await cancel.click();
    await expect(lastOutput(page)).toContainText('KeyboardInterrupt');
    await expect(running).toContainText('Nothing runs');
    await expectAnswer(page, 'print(1 + 1)', '2');
  });
});

test('results open in a cell and in the Workbench, and trials are counted', async ({
  page,
  tmpPath
}) => {
  await openNotebook(page, `${tmpPath}/results.ipynb`);
  await openSidebar(page);
  const ledger = section(page, 'Trial ledger');
  await expect(ledger).toContainText('read through a notebook');
  await runCode(
    page,
    ...START,
    'prices = sl.data.simulate_universe(6, 400, n_pairs=1, seed=4).prices',
    'scan = sl.discover_pairs(prices)'
  );
  await expect(ledger).toContainText('No trials yet');
  const recent = section(page, 'Recent results');
  await expect(recent).toContainText('pair scan: scan');
  await expect(recent).toContainText('6 symbols, 30 tests');

  await recent.getByRole('button', { name: 'Show scan in a cell' }).click();
  await expect(lastOutput(page)).toContainText('pairs listed');
  await recent
    .getByRole('button', { name: 'Open the prices of scan in the Workbench' })
    .click();
  await expect(page.locator('.jp-SpreadlabWorkbench')).toBeVisible({
    timeout: 120_000
  });
  await expect(sidebarOf(page).getByRole('alert')).toHaveCount(0);

  await runCode(
    page,
    'pair = sl.test_pair(prices.iloc[:, 0], prices.iloc[:, 1], name="first")',
    'with sl.study("six rules"):',
    '    for lookback in (20, 40, 60, 80, 100, 120):',
    '        sl.backtest(prices.iloc[:, :2], pair=pair, policy=sl.ZScoreRule(lookback))'
  );
  const row = ledger.getByRole('row', { name: /six rules/ });
  await expect(row.getByRole('cell').nth(0)).toHaveText('6');
  const [naive, deflated] = await Promise.all([
    askKernel(
      page,
      'from spreadlab.backtest.study_summary import summarise_studies',
      'print(summarise_studies(sl.ledger)[0].naive)'
    ),
    row.getByRole('cell').nth(2).innerText()
  ]);
  expect(
    Math.abs(100 * Number(naive) - Number.parseFloat(deflated))
  ).toBeLessThan(0.51);
  await expectAccessible(page, '#spreadlab-sidebar');
  await row.getByRole('button', { name: 'six rules' }).click();
  await expect(lastOutput(page)).toContainText('ZScoreRule');
});
