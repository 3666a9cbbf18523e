import { expect, test, type Page } from '@playwright/test';

import { Watch } from '../tests/watch';
import { sidebarOf, START } from './sidebar';

const NAME = 'seven.ipynb';

test('Notebook 7 loads every plugin without an error, and its sidebar knows the engine', async ({
  page,
  context,
  baseURL
}) => {
  const saved = await page.request.put(`${baseURL!}/api/contents/${NAME}`, {
    data: { type: 'notebook', format: 'json', content: notebook(START) }
  });
  expect(saved.ok()).toBe(true);

  const known =
    await test.step('what Notebook complains of by itself', async () => {
      // 7.6 loads the settings of its shortcuts while its file editor makes it read others again: an
      // error, with no extension installed. What it says without us is not ours.
      const bare = await context.newPage();
      const watch = new Watch(bare);
      await withoutUs(bare);
      await bare.goto(`${baseURL!}/notebooks/${NAME}`);
      await untilIdle(bare);
      expect(await ourPlugins(bare)).toEqual([]);
      await bare.close();
      return watch.complaints;
    });

  const watch = new Watch(page);
  await page.goto(`${baseURL!}/notebooks/${NAME}`);
  await untilIdle(page);
  const plugins = await ourPlugins(page);
  expect(plugins.map(([id]) => id)).toContain('spreadlab:sidebar');
  expect(plugins.filter(([, activated]) => !activated)).toEqual([]);

  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('notebook:run-all-cells');
    await window.jupyterapp.commands.execute('spreadlab:open-sidebar');
  });
  await expect(sidebarOf(page)).toBeVisible();
  await expect(sidebarOf(page)).toContainText(/local · \d+ threads?/);
  watch.check(known);
});

function notebook(lines: readonly string[]): object {
  return {
    cells: [
      {
        cell_type: 'code',
        id: 'first',
        metadata: {},
        source: lines.join('\n'),
        execution_count: null,
        outputs: []
      }
    ],
    metadata: { kernelspec: { display_name: 'Python 3', name: 'python3' } },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** Take our extension out of the list that the page is served with, before the page reads it. */
async function withoutUs(page: Page): Promise<void> {
  await page.addInitScript(() => {
    document.addEventListener('readystatechange', () => {
      const node = document.getElementById('jupyter-config-data');
      if (node !== null && document.readyState === 'interactive') {
        const config = JSON.parse(node.textContent) as {
          federated_extensions: { name: string }[];
        };
        config.federated_extensions = config.federated_extensions.filter(
          ({ name }) => name !== 'spreadlab'
        );
        node.textContent = JSON.stringify(config);
      }
    });
  });
}

async function untilIdle(page: Page): Promise<void> {
  await expect(page.locator('.jp-Notebook .jp-CodeCell')).toBeVisible({
    timeout: 60_000
  });
  const status = () =>
    page.evaluate(async () => {
      await window.jupyterapp.restored;
      const panel = window.jupyterapp.shell.currentWidget as unknown as {
        sessionContext: {
          ready: Promise<void>;
          session: { kernel: { status: string } | null } | null;
        };
      };
      await panel.sessionContext.ready;
      return panel.sessionContext.session?.kernel?.status ?? 'none';
    });
  await expect.poll(status, { timeout: 120_000 }).toBe('idle');
}

async function ourPlugins(
  page: Page
): Promise<(readonly [id: string, activated: boolean])[]> {
  return page.evaluate(() =>
    window.jupyterapp
      .listPlugins()
      .filter(id => id.startsWith('spreadlab:'))
      .map(id => [id, window.jupyterapp.isPluginActivated(id)] as const)
  );
}
