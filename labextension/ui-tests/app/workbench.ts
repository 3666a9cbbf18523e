import { expect, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

/** The workbench in front. */
export function workbenchOf(page: IJupyterLabPageFixture): Locator {
  return page.locator(
    '.jp-SpreadlabWorkbenchPanel:not(.lm-mod-hidden) .jp-SpreadlabWorkbench'
  );
}

/** Wait until all views of the workbench in front are up to date. */
export async function settled(page: IJupyterLabPageFixture): Promise<Locator> {
  const workbench = workbenchOf(page);
  await expect(workbench.locator('.jp-SpreadlabTable-row').first()).toBeVisible(
    { timeout: 120_000 }
  );
  await expect(workbench).not.toHaveAttribute('aria-busy', 'true', {
    timeout: 120_000
  });
  return workbench;
}

interface Session {
  id: string;
  path: string;
  type: string;
  kernel: { id: string; execution_state: string };
}

/** What the server runs for tabs of spreadlab. */
export async function sessions(
  page: IJupyterLabPageFixture
): Promise<Session[]> {
  const reply = await page.request.get('/api/sessions');
  return ((await reply.json()) as Session[]).filter(
    ({ type }) => type === 'spreadlab'
  );
}

/** Do something, then wait until JupyterLab has kept which tabs are open. */
export async function untilLayoutKept(
  page: IJupyterLabPageFixture,
  mentions: string,
  act: () => Promise<void>
): Promise<void> {
  const kept = page.waitForRequest(
    request =>
      request.method() === 'PUT' &&
      request.url().includes('/api/workspaces') &&
      (request.postData() ?? '').includes(mentions)
  );
  await act();
  await kept;
}

/** A small file of prices: two that move together, and one of its own. */
export function pricesCsv(): string {
  const rows = ['date,AAA,BBB,CCC'];
  let level = 100;
  let other = 50;
  let spread = 0;
  let state = 12345;
  // A linear congruential generator: the same prices at every run.
  const shock = () => {
    state = (1103515245 * state + 12345) % 2 ** 31;
    return state / 2 ** 31 - 0.5;
  };
  for (let day = 0; day < 300; day++) {
    level += shock();
    other += shock();
    spread = 0.8 * spread + shock();
    const date = new Date(Date.UTC(2020, 0, 1 + day));
    rows.push(
      `${date.toISOString().slice(0, 10)},${level.toFixed(4)},${(0.5 * level + spread + 20).toFixed(4)},${other.toFixed(4)}`
    );
  }
  return rows.join('\n') + '\n';
}
