import { test, type Page } from '@playwright/test';

import { openLab, WebLab } from '../tests/weblab';
import { percentile, report } from './report';

const SESSIONS = 8;
const SECONDS = 20;

/** Milliseconds from a tick's arrival to the start of the frame after the one that draws it. */
function waits(page: Page): Promise<number[]> {
  return page.locator('.jp-SpreadlabLive').evaluate(
    (root, seconds) =>
      new Promise<number[]>(resolve => {
        const found: number[] = [];
        const watch = new MutationObserver(() => {
          const arrived = Number((root as HTMLElement).dataset['arrived']);
          requestAnimationFrame(() => {
            found.push(performance.timeOrigin + performance.now() - arrived);
          });
        });
        watch.observe(root, { attributeFilter: ['data-arrived'] });
        setTimeout(() => {
          watch.disconnect();
          resolve(found);
        }, 1000 * seconds);
      }),
    SECONDS
  );
}

// Each with a kernel and a replay of ten bars a second of its own, all at once on this machine, the
// browsers included.
test('eight readers of the web lab', async ({ browser }) => {
  const lab = await WebLab.start(['--pool=2', '--speed=10']);
  try {
    const pages: Page[] = [];
    for (let session = 0; session < SESSIONS; session++) {
      const page = await (await browser.newContext()).newPage();
      await openLab(page, lab.link);
      pages.push(page);
    }
    for (const page of pages) {
      await page
        .getByRole('button', { name: /^(Start the replay|Trade these)$/ })
        .click();
    }
    for (const page of pages) {
      await page
        .locator('.jp-SpreadlabLive-progress', { hasText: /^bar \d/ })
        .waitFor();
    }
    const all = await Promise.all(pages.map(waits));
    const late = all.map(each => percentile(each, 0.95));
    const fewest = Math.min(...all.map(each => each.length));
    report('sessions', [
      {
        name: `web lab, ${SESSIONS} sessions at once: tick to screen, p95 of the slowest`,
        value: Math.max(...late),
        unit: 'ms',
        target: '<= 500'
      },
      {
        name: 'web lab, the same: frames with news a second, fewest',
        value: fewest / SECONDS,
        unit: '1/s',
        target: ''
      }
    ]);
  } finally {
    await lab.stop();
  }
});
