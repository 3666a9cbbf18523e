import { expect } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

import { GATED_ENGINE } from '../tests/gated';

/** A notebook's first cell: trials stay in the kernel, and prices of enough symbols for many tiles. */
export const START = [
  'import os',
  'os.environ["SPREADLAB_LEDGER"] = ":memory:"',
  'import spreadlab as sl'
];

/** After START: an engine that lets one tile through, so that a scan can never end by itself. */
export const STUCK = [
  GATED_ENGINE,
  'many = sl.data.simulate_universe(600, 250, seed=3).prices',
  'gated = GatedEngine()',
  'gated.allow(1)'
];

/** After STUCK: the scan that only a cancel ends. */
export const STUCK_SCAN = [
  'with sl.use_engine(gated):',
  '    scan = sl.discover_pairs(many, keep=10, progress=False)'
];

/** Open a notebook that has its name from the start, with a running kernel. */
export async function openNotebook(
  page: IJupyterLabPageFixture,
  folder: string,
  name: string
): Promise<void> {
  const path = `${folder}/${name}`;
  const kernelspec = { display_name: 'Python 3', name: 'python3' };
  const empty = {
    cells: [],
    metadata: { kernelspec },
    nbformat: 4,
    nbformat_minor: 5
  };
  await page.contents.uploadContent(JSON.stringify(empty), 'text', path);
  await page.evaluate(async file => {
    await window.jupyterapp.commands.execute('docmanager:open', {
      path: file,
      factory: 'Notebook'
    });
  }, path);
  await expect(
    page.locator('#jp-main-statusbar').getByText('| Idle')
  ).toBeVisible({ timeout: 60_000 });
}

export function statusItem(page: Page): Locator {
  return page.locator('.jp-SpreadlabStatus-button');
}

export function sidebarOf(page: Page): Locator {
  return page.locator('#spreadlab-sidebar');
}

/** A part of the sidebar by its heading. */
export function section(page: Page, name: string | RegExp): Locator {
  return sidebarOf(page).getByRole('region', { name });
}

export async function openSidebar(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('spreadlab:open-sidebar');
  });
  await expect(sidebarOf(page)).toBeVisible();
}

/** Run code in a new cell at the end, and do not wait for it. */
export async function startCode(
  page: IJupyterLabPageFixture,
  ...lines: string[]
): Promise<void> {
  const cell = await page.notebook.getCellCount();
  await page.notebook.addCell('code', '');
  await page.evaluate(
    ([at, source]) => {
      const panel = window.jupyterapp.shell.currentWidget as unknown as {
        content: {
          activeCellIndex: number;
          widgets: {
            model: { sharedModel: { setSource: (s: string) => void } };
          }[];
        };
      };
      panel.content.widgets[at as number]!.model.sharedModel.setSource(
        source as string
      );
      panel.content.activeCellIndex = at as number;
      void window.jupyterapp.commands.execute('notebook:run-cell');
    },
    [cell, lines.join('\n')] as const
  );
}

/** What the last cell of the notebook put out. */
export function lastOutput(page: Page): Locator {
  return page
    .locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea')
    .last();
}
