import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { expectAccessible } from './axe';
import { askKernel, cellOf, newNotebook, runAgain, runCode } from './cells';
import { GATED_ENGINE } from './gated';
import { columnTexts, expect, test } from './lab';

const SETUP = [
  'import numpy as np, spreadlab as sl',
  'from spreadlab_widgets import PairSelector',
  'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
  'scan = sl.discover_pairs(prices, progress=False)'
];

test('table, map and window of the pair selector, by mouse and keyboard', async ({
  page
}) => {
  await newNotebook(page, 'selector.ipynb');
  await runCode(page, ...SETUP);
  const cell = await runCode(page, 'view = PairSelector(scan, prices)', 'view');
  const selector = cellOf(page, cell).locator('.jp-SpreadlabSelector');
  const table = selector.locator('.jp-SpreadlabTable');
  const map = selector.getByRole('application');
  const rows = table.locator('.jp-SpreadlabTable-row');
  const count = table.getByRole('status').last();
  await expect(count).toHaveText('190 pairs');

  await test.step('the toggle changes the p-value of table and map', async () => {
    const pointed = await readCell(selector, map, 5, 9);
    await table.getByText('BH', { exact: true }).first().click();
    await expect(
      table.locator('[role="columnheader"][data-column="pvalue_bh"]')
    ).toHaveAttribute('aria-sort', 'ascending');
    await expect(selector.locator('.jp-SpreadlabMap-title')).toContainText(
      'p (BH)'
    );
    await expect(rows.first()).toBeVisible();
    await expect.poll(() => readCell(selector, map, 5, 9)).not.toBe(pointed);
    await table.getByText('p', { exact: true }).first().click();
    await expect.poll(() => readCell(selector, map, 5, 9)).toBe(pointed);
  });

  await test.step('filters and search leave the rows that meet them', async () => {
    await table.getByRole('button', { name: 'Filter', exact: true }).click();
    await table.getByLabel('Filter by half-life, bars').fill('.. 90');
    await expect(count).toContainText('of 190 pairs');
    const lives = (await columnTexts(table, 'half_life')).map(Number);
    expect(lives.length).toBeGreaterThan(3);
    expect(Math.max(...lives)).toBeLessThanOrEqual(90);
    const left = await askKernel(
      page,
      'print(int((scan.half_life <= 90).sum()), view.table.filters)'
    );
    expect(left).toBe(
      `${(await count.innerText()).split(' ')[0]} {'half_life': '.. 90'}`
    );
    await table.getByLabel('Filter by half-life, bars').fill('');
    await table.getByRole('searchbox').fill('ko pep');
    await expect(rows).toHaveCount(1);
    await table.getByRole('searchbox').fill('');
    await expect(count).toHaveText('190 pairs');
  });

  await test.step('put away and back by the page, it is where it was', async () => {
    const scroller = table.locator('.jp-SpreadlabTable-scroller');
    const row = table.locator('[role="row"][data-place="100"]');
    await scroller.evaluate(node => {
      node.scrollTop = 2600;
    });
    await expect(row).toBeVisible();
    await selector.evaluate(node => {
      const home = node.parentElement!;
      node.remove();
      home.append(node);
    });
    await expect
      .poll(() => scroller.evaluate(node => node.scrollTop))
      .toBe(2600);
    await expect(row).toBeVisible();
    await scroller.evaluate(node => {
      node.scrollTop = 0;
    });
    await expect(rows.first()).toHaveAttribute('data-place', '0');
  });

  await test.step('table and map select together', async () => {
    await rows.nth(2).click();
    const [dependent, hedge] = (await rows
      .nth(2)
      .getAttribute('data-pair'))!.split('|');
    await expect(map).toHaveAttribute(
      'aria-label',
      new RegExp(`Selected: ${dependent} on ${hedge}:`)
    );
    await map.click({ position: await middleOf(map, 3, 12) });
    const words = await selector
      .locator('.jp-SpreadlabMap-readout')
      .innerText();
    const [one, other] = / ?(\S+) on (\S+):/.exec(words)!.slice(1);
    const selected = table.locator('[role="row"][aria-selected="true"]');
    await expect(selected).toContainText(one!);
    await expect(selected).toContainText(other!);
    expect(await askKernel(page, 'print(*view.selected)')).toBe(
      `${one} ${other}`
    );
    await expect(selector.locator('.jp-SpreadlabChart')).toContainText(
      `${one} – ${other}`
    );
  });

  await test.step('the keyboard reaches it all', async () => {
    await selector.locator('[role="grid"]').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await expect(rows.first()).toHaveAttribute('aria-selected', 'true');
    await map.focus();
    const readout = selector.locator('.jp-SpreadlabMap-readout');
    await page.keyboard.press('ArrowDown');
    const first = await readout.innerText();
    await page.keyboard.press('ArrowLeft');
    await expect(readout).not.toHaveText(first);
    await page.keyboard.press('Enter');
    await expect(rows.first()).toHaveAttribute('aria-selected', 'false');
    await page.keyboard.press('?');
    await expect(selector.locator('.jp-SpreadlabStatus-keys')).toBeVisible();
    await page.keyboard.press('?');
    await expect(selector.locator('.jp-SpreadlabStatus-keys')).toBeHidden();
    const before = await askWindow(page);
    await map.focus();
    await page.keyboard.press('[');
    await expect
      .poll(() => askWindow(page))
      .toBe(before.replace('2264', '2241'));
    await settled(page, 'map');
  });

  await test.step('a window that is dragged is scanned while it moves', async () => {
    const handle = selector.getByRole('slider', {
      name: 'start of the window'
    });
    await handle.scrollIntoViewIfNeeded();
    const box = (await handle.boundingBox())!;
    const canvas = selector.locator('.jp-SpreadlabMap-canvas');
    const seen = new Set<string>();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    for (let step = 1; step <= 6; step++) {
      await page.mouse.move(box.x + 40 * step, box.y + box.height / 2);
      const start = await handle.getAttribute('aria-valuenow');
      await expect(canvas).toHaveAttribute(
        'data-stamp',
        new RegExp(`^${start}:`)
      );
      seen.add((await canvas.getAttribute('data-stamp'))!);
    }
    await page.mouse.up();
    expect(seen.size).toBe(6);
    const answer = await askKernel(
      page,
      'view.wait(); start, stop = view.window',
      'again = sl.discover_pairs(prices.iloc[start:stop], dfa=0, progress=False)',
      'print(start > 0, np.array_equal(view.scan.all_pvalues, again.all_pvalues), view.pair.n_obs == stop - start)'
    );
    expect(answer).toBe('True True True');
  });

  await test.step('nothing serious stands in the way of a screen reader', async () => {
    await expectAccessible(page, '.jp-SpreadlabSelector');
  });

  await test.step('running the cell again leaves no comm behind', async () => {
    const widgets = async (): Promise<number> =>
      Number(
        await askKernel(
          page,
          'from ipywidgets.widgets.widget import _instances; print(len([w for w in _instances.values() if type(w).__name__ not in ("Layout", "HTMLStyle")]))'
        )
      );
    await runAgain(page, cell);
    const once = await widgets();
    for (let run = 0; run < 20; run++) {
      await runAgain(page, cell);
    }
    expect(await widgets()).toBe(once);
    await expect(
      cellOf(page, cell).locator('.jp-SpreadlabSelector')
    ).toHaveCount(1);
  });
});

test('a scan that still runs can be watched and cancelled', async ({
  page
}) => {
  await newNotebook(page, 'streaming.ipynb');
  await runCode(page, ...SETUP, GATED_ENGINE);
  const cell = await runCode(
    page,
    'wide = sl.data.simulate_universe(70, 300, n_pairs=4, seed=2).prices',
    'engine = GatedEngine()',
    'view = PairSelector(wide, engine=engine)',
    'view'
  );
  const selector = cellOf(page, cell).locator('.jp-SpreadlabSelector');
  const cancel = selector.getByRole('button', { name: 'Cancel' });
  await expect(cancel).toBeVisible();
  await expect(selector.locator('.jp-SpreadlabTable')).toHaveAttribute(
    'aria-busy',
    'true'
  );
  await runCode(page, 'engine.allow(1)');
  await expect(
    selector.locator('.jp-SpreadlabTable-row').first()
  ).toBeVisible();
  await expect(selector.locator('.jp-SpreadlabStatus-words')).toContainText(
    'still to be run'
  );
  await expect(selector.locator('.jp-SpreadlabStatus-progress')).toContainText(
    /of 2,415 pairs, .* a second, .* left/
  );
  await expectAccessible(page, '.jp-SpreadlabSelector');
  await cancel.click();
  const again = selector.getByRole('button', { name: 'Scan again' });
  await expect(again).toBeVisible();
  expect(await askKernel(page, 'print(engine.jobs[0].state)')).toBe(
    'cancelled'
  );
  await runCode(page, 'engine.allow(100)');
  await again.click();
  await expect(again).toBeHidden();
  await expect(selector.locator('.jp-SpreadlabTable-count')).toHaveText(
    '2,415 pairs'
  );
});

/** What the map says of a cell, by its place among 20. */
async function readCell(
  selector: Locator,
  map: Locator,
  row: number,
  column: number
): Promise<string> {
  await map.hover({ position: await middleOf(map, row, column) });
  return selector.locator('.jp-SpreadlabMap-readout').innerText();
}

async function middleOf(
  map: Locator,
  row: number,
  column: number
): Promise<{ x: number; y: number }> {
  const { width } = (await map.boundingBox())!;
  const side = 320;
  const cell = side / 20;
  return { x: width - side + (column + 0.5) * cell, y: (row + 0.5) * cell };
}

async function askWindow(page: IJupyterLabPageFixture): Promise<string> {
  return askKernel(page, 'print(view.window)');
}

async function settled(
  page: IJupyterLabPageFixture,
  part: string
): Promise<void> {
  const answer = await askKernel(
    page,
    `print(view.wait(60), view.${part}.error)`
  );
  expect(answer).toBe('True');
}
