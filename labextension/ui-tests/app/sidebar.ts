import { expect } from '@jupyterlab/galata';
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

/** What the last cell of the notebook put out. */
export function lastOutput(page: Page): Locator {
  return page
    .locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea')
    .last();
}
