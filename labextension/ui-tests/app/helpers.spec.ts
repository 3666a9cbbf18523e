import type { Locator, Page } from '@playwright/test';

import { askKernel, cellOf, openNotebook, runCode } from '../tests/cells';
import { expect, runAll, test } from '../tests/lab';
import { START } from './sidebar';

test('a template opens from the menu and runs', async ({ page }) => {
  await page.menu.clickMenuItem('Pairs>New from Template>Your own rule');
  await expect(
    page.getByRole('tab', { name: 'your-own-rule.ipynb' })
  ).toBeVisible();
  await runAll(page);
});

test('snippets go from prices to a backtest', async ({ page, tmpPath }) => {
  await openNotebook(page, `${tmpPath}/snippets.ipynb`);
  await runCode(page, ...START);
  await test.step('the first from the palette, by keyboard', async () => {
    await page.keyboard.press('Control+Shift+c');
    await page.keyboard.type('Insert: Load Prices');
    await expect(
      page.locator('.lm-CommandPalette-item.lm-mod-active')
    ).toContainText('Insert: Load Prices');
    await page.keyboard.press('Enter');
    await expect(lastCell(page)).toContainText('load_sp500');
  });
  for (const [name, code] of [
    ['Scan for Pairs', 'discover_pairs'],
    ['Fit a Spread', 'estimate_ou'],
    ['Solve for the Policy', 'solve_hjb'],
    ['Backtest', 'sl.backtest']
  ] as const) {
    await page.menu.clickMenuItem(`Pairs>Insert>${name}`);
    await expect(lastCell(page)).toContainText(code);
  }
  expect(
    await page.evaluate(async () =>
      window.jupyterapp.commands.execute('notebook:run-all-cells')
    )
  ).toBe(true);
  expect(
    await askKernel(
      page,
      'print(type(bt).__name__, len(bt.equity) == len(outside), len(scan.to_frame()), sl.ledger.studies())'
    )
  ).toBe("BacktestResult True 190 {'first look': 1}");
});

test('the magics complete their options and the variables of the notebook', async ({
  page,
  tmpPath
}) => {
  await openNotebook(page, `${tmpPath}/magics.ipynb`);
  await runCode(
    page,
    ...START,
    '%load_ext spreadlab',
    'closes = sl.data.simulate_universe(4, 200, seed=1).prices'
  );
  const cell = await page.notebook.getCellCount();
  await page.notebook.addCell('code', '');
  await page.notebook.enterCellEditingMode(cell);
  const editor = cellOf(page, cell).locator('.cm-content');
  const completer = page.locator('.jp-Completer:not(.lm-mod-hidden)');

  await page.keyboard.type('%pairs clo');
  await page.keyboard.press('Tab');
  await choose('closes');
  await page.keyboard.type(' --tr');
  await page.keyboard.press('Tab');
  await choose('--transform');
  await page.keyboard.type(' no');
  await page.keyboard.press('Tab');
  await choose('none');
  await expect(editor).toHaveText('%pairs closes --transform none');

  /** Take a completion, which a single one does by itself. */
  async function choose(word: string): Promise<void> {
    await expect(async () => {
      const taken = (await editor.innerText()).trimEnd().endsWith(word);
      if (!taken) {
        await completer
          .getByText(word, { exact: true })
          .click({ timeout: 2000 });
      }
      expect((await editor.innerText()).trimEnd().endsWith(word)).toBe(true);
    }).toPass({ timeout: 30_000 });
  }
});

function lastCell(page: Page): Locator {
  return page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell').last();
}
