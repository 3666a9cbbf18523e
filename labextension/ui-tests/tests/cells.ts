import { expect } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

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

/** A cell by its number: the notebook holds only those that are near what is in sight. */
export function cellOf(page: IJupyterLabPageFixture, cell: number): Locator {
  return page.locator(
    `.jp-NotebookPanel:not(.lm-mod-hidden) [data-windowed-list-index="${cell}"]`
  );
}

/** Run code in a new cell at the end and return the cell's number; an exception fails the test. */
export async function runCode(
  page: IJupyterLabPageFixture,
  ...lines: string[]
): Promise<number> {
  const cell = await page.notebook.getCellCount();
  await page.notebook.addCell('code', '');
  await page.evaluate(
    ([at, source]) => {
      // Typed, code would be indented once more by the editor.
      const panel = window.jupyterapp.shell.currentWidget as unknown as {
        content: {
          widgets: {
            model: { sharedModel: { setSource: (s: string) => void } };
          }[];
        };
      };
      panel.content.widgets[at as number]!.model.sharedModel.setSource(
        source as string
      );
    },
    [cell, lines.join('\n')] as const
  );
  expect(await page.notebook.runCell(cell)).toBe(true);
  const errors = cellOf(page, cell).locator(
    '[data-mime-type="application/vnd.jupyter.error"]'
  );
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
