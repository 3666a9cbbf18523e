import { readFileSync } from 'node:fs';

import { expect } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';

const SOURCE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Fail if axe-core finds a serious or critical violation inside an element.
 *
 * @param selector - a CSS selector; only what is inside is looked at
 */
export async function expectAccessible(
  page: Page,
  selector: string
): Promise<void> {
  await page.evaluate(SOURCE);
  const { violations, passes } = await page.evaluate(
    async ([root, options]) => {
      const { axe } = window as unknown as {
        axe: {
          run: (root: string, options: RunOptions) => Promise<AxeResults>;
        };
      };
      return axe.run(root as string, options as RunOptions);
    },
    [selector, { resultTypes: ['violations', 'passes'] }] as const
  );
  expect(
    passes.length,
    `${selector}: axe found something to check`
  ).toBeGreaterThan(0);
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(node => node.html.slice(0, 200)).join(' | ')}`
    );
  expect(serious, 'accessibility').toEqual([]);
}
