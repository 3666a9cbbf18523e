import { askKernel, cellOf, newNotebook, runCode } from '../tests/cells';
import { expect, test } from '../tests/lab';
import { percentile, report } from './report';

const SECONDS = 30;
/** Ticks that are taken to have come evenly between two stamps. */
const EACH = 20;

/** A thousand ticks a second over fifty pairs, by the machine's clock, in bars of a second. */
const FIREHOSE = `
import asyncio, time
import numpy as np
import pandas as pd
import spreadlab as sl
from spreadlab_widgets import LiveMonitor

class Firehose:
    symbols = tuple(f"S{k:03d}" for k in range(100))

    def __init__(self):
        self._rng, self._open = np.random.default_rng(1), True

    async def close(self):
        self._open = False

    async def __aiter__(self):
        began, sent = time.time(), 0
        level = np.full(100, np.log(50.0))
        while self._open:
            await asyncio.sleep(0.005)
            while sent < (time.time() - began) * 1000:
                which = sent % 100
                level[which] += self._rng.normal(0, 1e-4)
                yield sl.live.Tick(self.symbols[which], time.time_ns(), float(np.exp(level[which])), sequence=sent)
                sent += 1

rng = np.random.default_rng(2)
models = []
for k in range(50):
    walk = np.cumsum(rng.normal(0, 0.01, 300)) + 4
    legs = [pd.Series(np.exp(walk + 0.01 * side * rng.normal(size=300)), name=f"S{2 * k + side:03d}") for side in (0, 1)]
    pair = sl.test_pair(*legs)
    models.append(sl.live.freeze_pair(pair, sl.ZScoreRule(60)))
session = sl.live.Session(Firehose(), sl.live.Monitor(models), sl.live.PaperBook(), bars=1)
monitor = LiveMonitor(session)
monitor
`.trim();

const USED = 'print(time.process_time(), time.time())';

test('a thousand ticks a second reach the screen', async ({ page }) => {
  await newNotebook(page, 'firehose.ipynb');
  const cell = await runCode(page, FIREHOSE);
  const view = cellOf(page, cell).locator('.jp-SpreadlabLive');
  await view.getByRole('button', { name: 'Start' }).click();
  await expect(view.locator('[data-pair="S000-S001"]')).not.toContainText(
    'no bar yet'
  );
  const used = async (): Promise<[number, number]> =>
    (await askKernel(page, USED)).split(' ').map(Number) as [number, number];
  const [cpuBefore, timeBefore] = await used();
  const shown = await view.evaluate(
    (root, seconds) =>
      new Promise<[number, number][]>(resolve => {
        const found: [number, number][] = [];
        const watch = new MutationObserver(() => {
          const arrived = Number((root as HTMLElement).dataset['arrived']);
          // The stamp is set while the frame is made; the next one begins when it is on the screen.
          requestAnimationFrame(() => {
            found.push([arrived, performance.timeOrigin + performance.now()]);
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
  const [cpuAfter, timeAfter] = await used();
  await askKernel(page, 'session.stop(); session.join(60)');
  // A tick is on the screen with the first frame whose stamp is not before it.
  const waits = shown.slice(1).flatMap(([arrived, at], k) => {
    const before = shown[k]![0];
    return Array.from(
      { length: EACH },
      (_, part) => at - (before + ((part + 1) / EACH) * (arrived - before))
    );
  });
  report('live', [
    {
      name: 'live: 1,000 ticks/s over 50 pairs, tick to screen, p95',
      value: percentile(waits, 0.95),
      unit: 'ms',
      target: '<= 250'
    },
    {
      name: 'live: the same, median',
      value: percentile(waits, 0.5),
      unit: 'ms',
      target: ''
    },
    {
      name: 'live: the same, kernel CPU, share of a core',
      value: (100 * (cpuAfter - cpuBefore)) / (timeAfter - timeBefore),
      unit: '%',
      target: '<= 50'
    },
    {
      name: 'live: the same, frames a second with news',
      value: shown.length / SECONDS,
      unit: '1/s',
      target: ''
    }
  ]);
});
