import { expect } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

/** Open a new notebook with a running kernel. */
export async function newNotebook(
  page: IJupyterLabPageFixture,
  name: string
): Promise<void> {
  await page.notebook.createNew(name);
  await expect(
    page.locator('#jp-main-statusbar').getByText('| Idle')
  ).toBeVisible({ timeout: 60_000 });
}

/** Run code in a new cell at the end and return the cell's number; an exception fails the test. */
export async function runCode(
  page: IJupyterLabPageFixture,
  ...lines: string[]
): Promise<number> {
  const cell = await page.notebook.getCellCount();
  await page.notebook.addCell('code', lines.join('\n'));
  await page.notebook.runCell(cell);
  const errors = page
    .locator('.jp-Notebook-cell')
    .nth(cell)
    .locator('[data-mime-type="application/vnd.jupyter.error"]');
  expect(await errors.allInnerTexts()).toEqual([]);
  return cell;
}

/** Run code in a new cell at the end and return what it printed or the value it ended with. */
export async function askKernel(
  page: IJupyterLabPageFixture,
  ...lines: string[]
): Promise<string> {
  const cell = await runCode(page, ...lines);
  return ((await page.notebook.getCellTextOutput(cell)) ?? []).join('').trim();
}
