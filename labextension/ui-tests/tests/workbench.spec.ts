import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { expectAccessible } from './axe';
import { askKernel, newNotebook, runCode } from './cells';
import { expect, test } from './lab';
import { Watch } from './watch';

const SETUP = [
  'import spreadlab as sl',
  'from spreadlab_widgets import Workbench',
  'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
  "wb = Workbench(prices, source=\"prices = sl.data.load_sp500(start='2014-01-01', end='2022-12-28')\")",
  'wb'
];

/** What the keyboard stops at, in the order of the screen. */
const STOPS = [
  '[aria-label="end of the window"]',
  '.jp-SpreadlabTable [role="searchbox"], .jp-SpreadlabTable [type="search"]',
  '.jp-SpreadlabTable [role="grid"]',
  '.jp-SpreadlabMap-overlay',
  '.jp-SpreadlabSpread [role="application"]',
  '.jp-SpreadlabHeatmap [data-parameter="cost"]',
  '.jp-SpreadlabHeatmap [role="application"]',
  '.jp-SpreadlabBacktest-chart [role="application"]',
  '.jp-SpreadlabSweep canvas',
  '.jp-SpreadlabWorkbench-help'
];

async function open(page: IJupyterLabPageFixture): Promise<Locator> {
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });
  await newNotebook(page, 'workbench.ipynb');
  await runCode(page, ...SETUP);
  const workbench = page.locator('.jp-SpreadlabWorkbench').first();
  await expect(
    workbench.locator('.jp-SpreadlabTable-row').first()
  ).toBeVisible();
  return workbench;
}

async function rest(workbench: Locator): Promise<void> {
  await expect(workbench).toHaveAttribute('aria-busy', 'false');
}

/** Everything that a view has painted. */
async function pixels(workbench: Locator, view: string): Promise<string> {
  return workbench
    .locator(`.jp-Spreadlab${view} canvas:visible`)
    .first()
    .evaluate(node => (node as HTMLCanvasElement).toDataURL());
}

async function runs(page: IJupyterLabPageFixture): Promise<string> {
  return askKernel(page, 'wb.settle()', 'print(sorted(wb.runs.items()))');
}

test('a pair, a window, a slider: everything that hangs on it follows', async ({
  page
}) => {
  const workbench = await open(page);

  await test.step('a click on a pair fills every view', async () => {
    await workbench.locator('.jp-SpreadlabTable-row').first().click();
    for (const view of ['Spread', 'Fit', 'Heatmap', 'Backtest']) {
      await expect(
        workbench.locator(`.jp-Spreadlab${view} canvas:visible`).first()
      ).toBeVisible();
    }
    await rest(workbench);
    await expect(workbench.getByRole('alert')).toHaveCount(0);
  });

  await test.step('all of it is on the screen, without scrolling', async () => {
    const box = (await workbench.boundingBox())!;
    expect(box.width).toBeLessThanOrEqual(1400);
    const room = await page
      .locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer')
      .first()
      .evaluate(node => node.clientHeight);
    expect(box.height).toBeLessThanOrEqual(room);
    // Nothing is cut off: every picture and every table has a height, inside its area.
    for (const [area, parts] of Object.entries({
      pairs: ['.jp-SpreadlabTable-scroller', '.jp-SpreadlabMap-canvas'],
      spread: ['canvas'],
      fit: ['.jp-SpreadlabFit-table', '.jp-SpreadlabFit-figure canvas'],
      policy: ['canvas'],
      backtest: [
        '.jp-SpreadlabBacktest-chart canvas',
        '.jp-SpreadlabBacktest-metrics',
        '.jp-SpreadlabTrades-scroller',
        '.jp-SpreadlabSweep canvas'
      ]
    })) {
      const outer = workbench.locator(`.jp-SpreadlabWorkbench-${area}`);
      const around = (await outer.boundingBox())!;
      for (const part of parts) {
        for (const node of await outer.locator(part).all()) {
          const inner = await node.boundingBox();
          if (inner !== null && inner.width > 0) {
            expect(inner.height, `${area} ${part}`).toBeGreaterThan(40);
            expect(
              inner.y + inner.height,
              `${area} ${part}`
            ).toBeLessThanOrEqual(around.y + around.height + 1);
          }
        }
      }
    }
  });

  await test.step('the map selects for the table, and the table for the map', async () => {
    const map = workbench.locator('.jp-SpreadlabMap-overlay');
    await map.focus();
    await page.keyboard.press('PageUp');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const words = await workbench
      .locator('.jp-SpreadlabMap-readout')
      .innerText();
    const [one, other] = / ?(\S+) on (\S+):/.exec(words)!.slice(1);
    const row = workbench.locator(
      '.jp-SpreadlabTable-row[aria-selected="true"]'
    );
    await expect(row).toContainText(one!);
    await expect(row).toContainText(other!);
    expect(await askKernel(page, 'wb.settle(); print(*wb.selected)')).toBe(
      `${one} ${other}`
    );
    await workbench.locator('.jp-SpreadlabTable-row').first().click();
    await expect(row).not.toContainText(`${one} – ${other}`);
    await rest(workbench);
  });

  await test.step('all pairs are scanned while the window is dragged', async () => {
    const handle = workbench.getByRole('slider', { name: 'end of the window' });
    const canvas = workbench.locator('.jp-SpreadlabMap-canvas');
    await handle.scrollIntoViewIfNeeded();
    const box = (await handle.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    for (let step = 1; step <= 4; step++) {
      await page.mouse.move(box.x - 25 * step, box.y + box.height / 2);
      const stop = await handle.getAttribute('aria-valuenow');
      await expect(canvas).toHaveAttribute('data-stamp', `0:${stop}`);
    }
    await page.mouse.up();
    await rest(workbench);
    const answer = await askKernel(
      page,
      'wb.settle(); start, stop = wb.window',
      'again = sl.discover_pairs(prices.iloc[start:stop], dfa=0, progress=False)',
      'same = (again.all_pvalues == wb.answers["scan"].all_pvalues).all()',
      'print(stop < 1509, same, wb.answers["pair"].n_obs == stop - start, wb.spread.window == wb.window)'
    );
    expect(answer).toBe('True True True True');
  });

  await test.step('a slider moves policy and backtest, and not the fit', async () => {
    const before = await runs(page);
    const heatmap = await pixels(workbench, 'Heatmap');
    const fit = await pixels(workbench, 'Fit');
    const slider = workbench.locator('[data-parameter="risk_penalty"]');
    await slider.focus();
    for (let press = 0; press < 20; press++) {
      await page.keyboard.press('ArrowRight');
    }
    await expect.poll(() => pixels(workbench, 'Heatmap')).not.toBe(heatmap);
    await rest(workbench);
    expect(await pixels(workbench, 'Fit')).toBe(fit);
    const after = await runs(page);
    const count = (counts: string, stage: string): string =>
      new RegExp(`'${stage}', (\\d+)`).exec(counts)![1]!;
    for (const stage of ['scan', 'pair', 'fit', 'sweep']) {
      expect(count(after, stage), stage).toBe(count(before, stage));
    }
    expect(Number(count(after, 'policy'))).toBeGreaterThan(
      Number(count(before, 'policy'))
    );
  });

  await test.step('the code gives the numbers on the screen', async () => {
    const same = await askKernel(
      page,
      'wb.settle()',
      'names = {}',
      'exec(wb.code, names)',
      'print(names["policy"].thresholds == wb.answers["policy"].thresholds,',
      '      names["inside"].sharpe == wb.answers["inside"].sharpe)'
    );
    expect(same).toBe('True True');
  });

  await expectAccessible(page, '.jp-SpreadlabWorkbench');
});

test('the whole way by keyboard', async ({ page }) => {
  const workbench = await open(page);

  await workbench.locator('.jp-SpreadlabTable [role="grid"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(
    workbench.locator('.jp-SpreadlabBacktest canvas').first()
  ).toBeVisible();
  await askKernel(page, 'wb.settle()');
  for (const part of ['Heatmap canvas', 'Sweep canvas']) {
    await expect(
      workbench.locator(`.jp-Spreadlab${part}:visible`).first()
    ).toBeVisible();
  }
  await rest(workbench);

  await test.step('Tab stops at every part, and leaves at the end', async () => {
    await workbench
      .getByRole('button', { name: 'Engine', exact: true })
      .focus();
    const stops = new Set<string>();
    let left = false;
    for (let press = 0; press < 100 && !left; press++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(selectors => {
        const node = document.activeElement;
        return {
          left: !node?.closest('.jp-SpreadlabWorkbench'),
          stops: selectors.filter(selector => node?.matches(selector))
        };
      }, STOPS);
      left = at.left;
      at.stops.forEach(stop => stops.add(stop));
    }
    expect([...stops]).toEqual(STOPS);
    expect(left).toBe(true);
  });

  await test.step('over the map to another pair', async () => {
    const selected = await askKernel(page, 'print(wb.selected)');
    const map = workbench.locator('.jp-SpreadlabMap-overlay');
    await map.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => askKernel(page, 'wb.settle(); print(wb.selected)'))
      .not.toBe(selected);
    await map.focus();
  });

  const words = workbench.locator('.jp-SpreadlabWindow-label');
  const window = await words.innerText();
  await page.keyboard.press('[');
  await expect(words).not.toHaveText(window);
  await page.keyboard.press(']');
  await expect(words).toHaveText(window);

  const keys = workbench.locator('.jp-SpreadlabWorkbench-keys');
  await expect(keys).toBeHidden();
  await page.keyboard.press('?');
  await expect(keys).toBeVisible();
  await page.keyboard.press('?');
  await expect(keys).toBeHidden();

  await test.step('a cell of the sweep is traded, and the policy again', async () => {
    const sweep = workbench.locator('.jp-SpreadlabSweep canvas[tabindex]');
    await sweep.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => askKernel(page, 'wb.settle(); print(wb.point is not None)'))
      .toBe('True');
    await sweep.focus();
    await page.keyboard.press('p');
    await expect
      .poll(() => askKernel(page, 'wb.settle(); print(wb.point)'))
      .toBe('None');
  });
});

test('what is on the screen is taken away, and a saved state comes back', async ({
  page,
  context
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const workbench = await open(page);
  await workbench.locator('.jp-SpreadlabTable-row').first().click();
  await rest(workbench);
  await askKernel(page, 'wb.settle()');
  const button = (name: string): Locator =>
    workbench.getByRole('button', { name, exact: true });

  await test.step('as code', async () => {
    await button('Copy as code').click();
    await expect(workbench.getByText('Copied.')).toBeVisible();
    const copied = await page.evaluate(async () =>
      navigator.clipboard.readText()
    );
    expect(copied.trim()).toBe(await askKernel(page, 'print(wb.code)'));
    expect(copied).toContain('sl.backtest(');
  });

  await test.step('as a page that needs nothing else', async () => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      button('Export HTML').click()
    ]);
    expect(file.suggestedFilename()).toBe('workbench.html');
    const other = await context.newPage();
    const watch = new Watch(other);
    const asked: string[] = [];
    other.on('request', request => asked.push(request.url()));
    const home = mkdtempSync(join(tmpdir(), 'spreadlab-page-'));
    const saved = join(home, file.suggestedFilename());
    await file.saveAs(saved);
    await other.goto(`file://${saved}`);
    await expect(
      other.getByRole('heading', { name: 'Backtest, out of sample' })
    ).toBeVisible();
    const drawn = await other
      .locator('img')
      .evaluateAll(nodes =>
        nodes.filter(node => (node as HTMLImageElement).naturalWidth > 100)
      );
    expect(drawn.length).toBeGreaterThanOrEqual(5);
    expect(asked.filter(url => !/^(file|data):/.test(url))).toEqual([]);
    watch.check();
    await other.close();
  });

  await test.step('as a state', async () => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      button('Save state').click()
    ]);
    const chosen = await askKernel(page, 'print(*wb.selected)');
    await workbench.locator('.jp-SpreadlabTable-row').nth(3).click();
    await expect
      .poll(() => askKernel(page, 'print(*wb.selected)'))
      .not.toBe(chosen);
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      button('Restore state').click()
    ]);
    await chooser.setFiles((await file.path())!);
    await expect
      .poll(() => askKernel(page, 'print(*wb.selected)'))
      .toBe(chosen);
    await rest(workbench);
    await expect(workbench.getByRole('alert')).toHaveCount(0);
  });
});

test('it stacks where it is narrow', async ({ page }) => {
  const workbench = await open(page);
  await page.setViewportSize({ width: 800, height: 900 });
  const areas = ['pairs', 'spread', 'fit', 'policy', 'backtest'];
  await expect
    .poll(async () => {
      const boxes = await Promise.all(
        areas.map(async area =>
          workbench.locator(`.jp-SpreadlabWorkbench-${area}`).boundingBox()
        )
      );
      return boxes.every(
        (box, k) =>
          k === 0 || box!.y > boxes[k - 1]!.y + boxes[k - 1]!.height - 1
      );
    })
    .toBe(true);
});
