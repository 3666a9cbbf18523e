import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

/** A figure as `benchmarks/browser.py` reads it. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  /** Like "<= 100"; empty for a figure that is only told. */
  target: string;
}

/** Write the figures of one benchmark file to where `make bench` looks for them. */
export function report(file: string, rows: readonly Row[]): void {
  const folder = process.env['SPREADLAB_BENCH_DIR'];
  if (folder === undefined) {
    throw new Error(
      'SPREADLAB_BENCH_DIR is not set: run `make bench BENCH_ARGS="widgets labextension"`'
    );
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${file}.json`), JSON.stringify(rows, null, 1));
}

/** The value that a share of the samples does not exceed (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) {
    throw new RangeError('no samples: nothing was measured');
  }
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)]!;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/**
 * Frames a second while `step` (the source of a function of the frame's number) runs each frame.
 * With an empty step on an empty page this is what the machine can do at best.
 */
export async function frameRate(
  page: Page,
  step: string,
  seconds = 2
): Promise<number> {
  return page.evaluate(
    ([source, duration]) =>
      new Promise<number>(resolve => {
        const act = new Function('frame', source as string);
        let frames = 0;
        let start = 0;
        const tick = (now: number): void => {
          start ||= now;
          if (now - start >= 1000 * (duration as number)) {
            resolve((1000 * frames) / (now - start));
            return;
          }
          act(frames);
          frames++;
          requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
      }),
    [step, seconds] as const
  );
}
