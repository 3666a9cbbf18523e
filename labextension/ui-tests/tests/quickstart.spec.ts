import type { Locator } from '@playwright/test';

import { columnTexts, expect, launcherCard, runAll, test } from './lab';

test('from the launcher card to the policy', async ({ page }) => {
  const card = launcherCard(page);
  await expect(card).toBeVisible();
  await card.click();
  await expect(
    page.getByRole('tab', { name: 'pairs-research.ipynb' })
  ).toBeVisible();
  await runAll(page);

  await test.step('the table sorts', async () => {
    const table = page.locator('.jp-SpreadlabTable').first();
    await table.scrollIntoViewIfNeeded();
    const head = table.locator('[role="columnheader"][data-column="pvalue"]');
    await expect(head).toHaveAttribute('aria-sort', 'ascending');
    const rising = (await columnTexts(table, 'pvalue')).map(asNumber);
    expect(rising.length).toBeGreaterThan(5);
    expect(rising).toEqual([...rising].sort((a, b) => a - b));

    await head.getByRole('button').click();
    await expect(head).toHaveAttribute('aria-sort', 'descending');
    await expect
      .poll(async () => asNumber((await columnTexts(table, 'pvalue'))[0]!))
      .toBeGreaterThan(rising[rising.length - 1]!);
    const falling = (await columnTexts(table, 'pvalue')).map(asNumber);
    expect(falling).toEqual([...falling].sort((a, b) => b - a));

    const pairs = table.locator('[role="columnheader"][data-column="pair"]');
    await pairs.getByRole('button').focus();
    await page.keyboard.press('Enter');
    await expect(pairs).toHaveAttribute('aria-sort', 'ascending');
    const names = await columnTexts(table, 'pair');
    expect(names).toEqual([...names].sort());
  });

  await test.step('the table searches', async () => {
    const table = page.locator('.jp-SpreadlabTable').first();
    const search = table.getByRole('searchbox');
    await search.fill('ko pep');
    await expect(table.locator('.jp-SpreadlabTable-row')).toHaveCount(1);
    await expect(table.locator('.jp-SpreadlabTable-row')).toContainText('KO');
    await search.fill('');
    await expect(table.getByRole('status').last()).toHaveText('190 pairs');
  });

  await test.step('selecting a pair draws its spread', async () => {
    const selector = page.locator('.jp-SpreadlabSelector').first();
    const line = selector.locator('.bqplot path.line').last();
    const rows = selector.locator('.jp-SpreadlabTable-row');
    await rows.nth(0).click();
    await expect(rows.nth(0)).toHaveAttribute('aria-selected', 'true');
    const title = selector.locator('.jp-SpreadlabChart');
    const first = await rows.nth(0).locator('[data-column="pair"]').innerText();
    await expect(title).toContainText(first);
    await expect(line).toHaveAttribute('d', /L/);
    const before = await line.getAttribute('d');

    await selector.locator('[role="grid"]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const second = await rows
      .nth(1)
      .locator('[data-column="pair"]')
      .innerText();
    await expect(rows.nth(1)).toHaveAttribute('aria-selected', 'true');
    await expect(title).toContainText(second);
    await expect(line).not.toHaveAttribute('d', before!);
  });

  await test.step('the crosshair reads the policy', async () => {
    const heatmap = page.locator('.jp-SpreadlabHeatmap').first();
    await heatmap.scrollIntoViewIfNeeded();
    const picture = heatmap.getByRole('application');
    const field = (name: string) => heatmap.locator(`[data-field="${name}"]`);
    await expect(field('spread')).toHaveText('–');

    // The middle panel is the flat position; cheap spreads are at the left.
    const box = (await picture.boundingBox())!;
    const middle = box.height / 2;
    expect(await colour(heatmap, 90, middle)).toEqual([0, 114, 178]);
    expect(await colour(heatmap, box.width - 25, middle)).toEqual([
      230, 159, 0
    ]);
    await picture.hover({ position: { x: 90, y: box.height / 2 } });
    await expect(field('action')).toHaveText('enter long');
    await picture.hover({ position: { x: box.width - 25, y: box.height / 2 } });
    await expect(field('action')).toHaveText('enter short');
    await expect(field('position')).toHaveText('flat');
    const pointed = await field('spread').innerText();
    const value = await field('value').innerText();

    await picture.focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await expect(field('spread')).not.toHaveText(pointed);
    await expect(field('value')).not.toHaveText(value);
    await page.keyboard.press('Home');
    await expect(field('action')).toHaveText('enter long');
    await page.keyboard.press('PageUp');
    await expect(field('action')).toHaveText('hold long');
    // The keys were the heatmap's: the notebook kept its cell.
    await expect(picture).toBeFocused();
  });

  await test.step('the heatmap follows the theme', async () => {
    const heatmap = page.locator('.jp-SpreadlabHeatmap').first();
    const box = (await heatmap.getByRole('application').boundingBox())!;
    // Beside the mean, where a flat position stays flat; 78 and 14 are the margins.
    const mean = (78 + box.width - 14) / 2 + 5;
    const flat = () => colour(heatmap, mean, box.height / 2 - 12);
    await expect.poll(flat).toEqual([208, 208, 208]);
    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('apputils:change-theme', {
        theme: 'JupyterLab Dark'
      });
    });
    await expect.poll(flat).toEqual([74, 74, 74]);
  });
});

test('the command palette has the quickstart too', async ({ page }) => {
  await page.keyboard.press('Control+Shift+C');
  await page.keyboard.type('New Pairs Research');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: /pairs-research/ })).toBeVisible();
  await expect(page.locator('.jp-Notebook .jp-Cell').first()).toBeVisible();
});

/** What is painted at a point of the heatmap, in CSS pixels: red, green, blue. */
async function colour(
  heatmap: Locator,
  x: number,
  y: number
): Promise<number[]> {
  return heatmap
    .locator('canvas')
    .first()
    .evaluate(
      (node, [px, py]) => {
        const canvas = node as HTMLCanvasElement;
        const scale = canvas.width / canvas.clientWidth;
        const pixel = canvas
          .getContext('2d')!
          .getImageData(px! * scale, py! * scale, 1, 1);
        return Array.from(pixel.data.slice(0, 3));
      },
      [x, y]
    );
}

function asNumber(text: string): number {
  return Number(text.replace('−', '-').replace('<', ''));
}
