import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test, type Locator, type Page } from '@playwright/test';

import { freePort, Program } from './programs';
import { Watch } from './watch';

// JupyterLab is not the only place: the same views in Notebook 7, and on a page without a notebook.

const SOURCE = `
import ipywidgets
import spreadlab as sl
from spreadlab_widgets import (
    BacktestView, EnginePanel, OUFitView, PairMap, PairTable, PolicyHeatmap, SpreadView
)

prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")
scan = sl.discover_pairs(prices, progress=False)
pair = sl.test_pair(prices["KO"], prices["PEP"])
ou = sl.estimate_ou(pair.spread, dt=1 / 252)
policy = sl.solve_hjb(ou, cost=0.002, discount=0.05)
first = sl.backtest(prices[["KO", "PEP"]], pair=pair, policy=policy)
table = PairTable(scan)
heard = ipywidgets.Label("nothing is selected")
heard.add_class("heard")
table.observe(lambda change: setattr(heard, "value", "the kernel heard " + " ".join(change["new"])), "selected")
display(ipywidgets.HTML("<p>A line of HTML.</p>"))
ipywidgets.VBox([
    heard, table, PairMap(scan), SpreadView(pair), OUFitView(ou), PolicyHeatmap(policy, ou=ou),
    BacktestView(first), EnginePanel(),
])
`.trim();
const DRAWN = ['Map', 'Spread', 'Fit', 'Heatmap', 'Backtest'];

/** A folder of its own with a notebook of every view, not yet run, and a server for it. */
async function serve(
  command: string,
  ...words: string[]
): Promise<{ url: string; server: Program }> {
  const home = mkdtempSync(join(tmpdir(), 'spreadlab-elsewhere-'));
  const cell = {
    cell_type: 'code',
    execution_count: null,
    id: 'views',
    metadata: {},
    outputs: [],
    source: SOURCE
  };
  const kernelspec = {
    display_name: 'Python 3',
    language: 'python',
    name: 'python3'
  };
  writeFileSync(
    join(home, 'views.ipynb'),
    JSON.stringify({
      cells: [cell],
      metadata: { kernelspec },
      nbformat: 4,
      nbformat_minor: 5
    })
  );
  const port = await freePort();
  const server = new Program(command, [...words, `--port=${port}`], home, {
    IPYTHONDIR: join(home, 'ipython'),
    JUPYTER_CONFIG_DIR: join(home, 'config'),
    JUPYTER_DATA_DIR: join(home, 'data')
  });
  return { url: `http://127.0.0.1:${port}`, server };
}

/** Wait until the server answers; one that has died says why. */
async function answering(
  page: Page,
  server: Program,
  url: string
): Promise<void> {
  await expect
    .poll(
      async () => {
        if (!server.running) {
          throw new Error(`the server ended:\n${server.output}`);
        }
        const answer = await page.request.get(url).catch(() => null);
        return answer?.ok() ?? false;
      },
      { message: `${url} answers`, timeout: 60_000 }
    )
    .toBe(true);
}

/** Every view is drawn, and a click in one of them reaches the kernel. */
async function expectLive(page: Page): Promise<void> {
  const rows = page.locator('.jp-SpreadlabTable-row');
  await expect(rows.first()).toBeVisible({ timeout: 60_000 });
  for (const view of DRAWN) {
    const canvas = page.locator(`.jp-Spreadlab${view} canvas`).first();
    await canvas.scrollIntoViewIfNeeded();
    await expect
      .poll(() => inked(canvas), { message: `${view} is drawn` })
      .toBeGreaterThan(1000);
  }
  await expect(
    page.locator('.jp-SpreadlabEngine-status').first()
  ).toContainText('local · ');
  await rows.nth(1).scrollIntoViewIfNeeded();
  const [dependent, hedge] = (await rows
    .nth(1)
    .getAttribute('data-pair'))!.split('|');
  await rows.nth(1).click();
  await expect(page.locator('.heard')).toHaveText(
    `the kernel heard ${dependent} ${hedge}`
  );
  await expect(
    page.locator('.jp-Spreadlab-view').getByRole('alert')
  ).toHaveCount(0);
}

/** Pixels of a picture that are painted. */
async function inked(canvas: Locator): Promise<number> {
  return canvas.evaluate(node => {
    const { width, height } = node as HTMLCanvasElement;
    const { data } = (node as HTMLCanvasElement)
      .getContext('2d')!
      .getImageData(0, 0, width, height);
    return data.filter((value, k) => k % 4 === 3 && value > 0).length;
  });
}

test('Notebook 7 draws the views', async ({ page }) => {
  const { url, server } = await serve(
    'jupyter-notebook',
    '--no-browser',
    '--allow-root',
    '--ip=127.0.0.1',
    '--IdentityProvider.token=',
    '--LabApp.news_url=None'
  );
  try {
    await answering(page, server, `${url}/api`);
    await page.goto(`${url}/notebooks/views.ipynb`);
    const prompt = page.locator('.jp-CodeCell .jp-InputPrompt').first();
    await expect(prompt).toBeVisible({ timeout: 60_000 });
    await expect(
      page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    ).toBeVisible({ timeout: 60_000 });
    // From here on, when Notebook's own page is there: what the views do.
    const watch = new Watch(page);
    await expect(async () => {
      // Until the last of its extensions is there, a click runs nothing, or goes on to a new cell.
      await prompt.click();
      await page.getByRole('button', { name: /^Run this cell/ }).click();
      await expect(prompt).toHaveText(/\[[*\d]/, { timeout: 3000 });
    }).toPass({ timeout: 60_000 });
    await expectLive(page);
    watch.check();
  } finally {
    await server.stop();
  }
});

test('Voila draws the views in light and dark, and asks no other machine', async ({
  page
}) => {
  const { url, server } = await serve(
    'voila',
    'views.ipynb',
    '--no-browser',
    '--Voila.ip=127.0.0.1',
    '--template=spreadlab',
    '--theme=auto'
  );
  try {
    const watch = new Watch(page);
    await page.emulateMedia({ colorScheme: 'light' });
    await answering(page, server, `${url}/voila/static/voila.js`);
    await page.goto(url);
    await expectLive(page);
    await expect.poll(() => ground(page)).toBe('rgb(255, 255, 255)');
    const view = page.locator('.jp-SpreadlabSpread');
    const light = await ground(page, view);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => ground(page)).not.toBe('rgb(255, 255, 255)');
    await expect.poll(() => ground(page, view)).not.toBe(light);
    await expect(page.locator('body')).toHaveAttribute(
      'data-jp-theme-light',
      'false'
    );
    const source = await (await page.request.get(page.url())).text();
    expect(source).not.toMatch(/(src|href)="(https?:)?\/\//);
    watch.check();
  } finally {
    await server.stop();
  }
});

async function ground(
  page: Page,
  of: Locator = page.locator('body')
): Promise<string> {
  return of.evaluate(node => getComputedStyle(node).backgroundColor);
}
