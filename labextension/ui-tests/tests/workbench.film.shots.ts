import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { newNotebook, runCode } from './cells';
import { expect, test } from './lab';

const ROOT = resolve(__dirname, '../../..');
const IMAGES = process.env['SPREADLAB_IMAGES'] ?? join(ROOT, 'docs/images');
const STEP = 100; // ms that a picture stands while something moves

test.use({ viewport: { width: 1400, height: 1000 } });

/** Pictures of one element with the time each is to stand, and a pointer that they show. */
class Film {
  private readonly folder = mkdtempSync(join(tmpdir(), 'spreadlab-film-'));
  private readonly frames: { file: string; ms: number }[] = [];
  private at = { x: 700, y: 400 };

  constructor(
    private readonly page: IJupyterLabPageFixture,
    private readonly subject: Locator
  ) {}

  /** The browser draws no pointer in a picture: an element follows the mouse instead. */
  async showPointer(): Promise<void> {
    await this.page.evaluate(() => {
      const pointer = document.createElement('div');
      pointer.innerHTML =
        '<svg width="20" height="24" viewBox="0 0 20 24"><path d="M2 1v18l5-4 3 7 3-1-3-7h7z" ' +
        'fill="black" stroke="white" stroke-width="1.5"/></svg>';
      pointer.style.cssText =
        'position:fixed;z-index:100000;pointer-events:none;left:700px;top:400px';
      document.body.append(pointer);
      document.addEventListener(
        'pointermove',
        event => {
          pointer.style.left = `${event.clientX}px`;
          pointer.style.top = `${event.clientY}px`;
        },
        true
      );
    });
  }

  async frame(ms = STEP): Promise<void> {
    const file = `${String(this.frames.length).padStart(4, '0')}.png`;
    await this.subject.screenshot({ path: join(this.folder, file) });
    this.frames.push({ file, ms });
  }

  /** Move the mouse in a straight line, a picture for each step. */
  async move(x: number, y: number, steps = 6): Promise<void> {
    const from = this.at;
    for (let step = 1; step <= steps; step++) {
      const share = step / steps;
      await this.page.mouse.move(
        from.x + share * (x - from.x),
        from.y + share * (y - from.y)
      );
      await this.frame();
    }
    this.at = { x, y };
  }

  /** Move to a place in an element, given as shares of its width and height. */
  async moveTo(target: Locator, x = 0.5, y = 0.5, steps = 6): Promise<void> {
    const box = (await target.boundingBox())!;
    await this.move(box.x + x * box.width, box.y + y * box.height, steps);
  }

  async click(target: Locator, x = 0.5, y = 0.5): Promise<void> {
    await this.moveTo(target, x, y);
    await this.page.mouse.down();
    await this.page.mouse.up();
    await this.frame();
  }

  /** Press at one place of an element and let go at another. */
  async drag(
    target: Locator,
    from: [number, number],
    to: [number, number],
    steps = 14
  ): Promise<void> {
    await this.moveTo(target, ...from);
    await this.page.mouse.down();
    await this.moveTo(target, ...to, steps);
    await this.page.mouse.up();
  }

  /** Wait until nothing is computed any more, and let the reader look. */
  async rest(ms: number): Promise<void> {
    for (let shown = 0; shown < 3; shown++) {
      await this.frame();
    }
    await expect(this.subject).toHaveAttribute('aria-busy', 'false');
    await this.frame(ms);
  }

  write(path: string): void {
    const list = join(this.folder, 'frames.json');
    writeFileSync(list, JSON.stringify(this.frames));
    execFileSync(
      join(ROOT, '.venv/bin/python'),
      [join(ROOT, 'tools/film.py'), list, path],
      { stdio: 'inherit' }
    );
    rmSync(this.folder, { recursive: true });
  }
}

test('film of the workbench', async ({ page }) => {
  mkdirSync(IMAGES, { recursive: true });
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
  });
  await newNotebook(page, 'film.ipynb');
  await runCode(
    page,
    'import spreadlab as sl',
    'from spreadlab_widgets import Workbench',
    'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
    'wb = Workbench(prices)',
    'wb'
  );
  const workbench = page.locator('.jp-SpreadlabWorkbench').first();
  const rows = workbench.locator('.jp-SpreadlabTable-row');
  await expect(rows.first()).toBeVisible();
  await workbench.scrollIntoViewIfNeeded();
  await expect(workbench).toHaveAttribute('aria-busy', 'false');

  const film = new Film(page, workbench);
  await film.showPointer();
  await film.frame(1200);

  // Which pair? One from the table, and another one.
  await film.click(rows.nth(0), 0.2);
  await film.rest(1500);
  await film.click(rows.nth(2), 0.2);
  await film.rest(1500);

  // Is it real? Another window, drawn on the spread.
  const spread = workbench.locator('.jp-SpreadlabSpread canvas').first();
  await film.drag(spread, [0.06, 0.75], [0.6, 0.75]);
  await film.rest(1800);

  // What should one do? Dearer risk, and a look at the map.
  const slider = workbench.locator('[data-parameter="risk_penalty"]');
  await film.moveTo(slider);
  await slider.focus();
  for (let press = 0; press < 14; press++) {
    await page.keyboard.press('ArrowRight');
    await film.frame();
  }
  await film.rest(800);
  const map = workbench.locator('.jp-SpreadlabHeatmap canvas').first();
  await film.moveTo(map, 0.25, 0.4);
  await film.moveTo(map, 0.75, 0.6, 10);
  await film.frame(1000);

  // Would it have worked? Two cells of the sweep.
  const sweep = workbench.locator('.jp-SpreadlabSweep canvas').last();
  await film.click(sweep, 0.4, 0.4);
  await film.rest(1500);
  await film.click(sweep, 0.7, 0.6);
  await film.rest(1800);

  film.write(join(IMAGES, 'workbench-film.webp'));
});
