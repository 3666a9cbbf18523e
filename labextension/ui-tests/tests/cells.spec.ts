import { askKernel, failures, newNotebook, runCode } from './cells';
import { expect, test } from './lab';

// The other tests lean on this one: helpers that miss an exception would pass anything.

test('an exception fails the test that ran the code', async ({ page }) => {
  await newNotebook(page, 'cells.ipynb');
  const cell = await runCode(page, 'import math', 'math.tau');
  expect(await failures(page)).toEqual([]);
  await expect(runCode(page, 'math.sqrt(-1)')).rejects.toThrow(
    'ValueError: math domain error'
  );
  expect(await failures(page)).toEqual([
    `cell ${cell + 1}: ValueError: math domain error`
  ]);
  // What was raised before is told once.
  await runCode(page, 'math.sqrt(4)');

  expect(await askKernel(page, 'print("a", end=" ")', 'math.floor(2.5)')).toBe(
    'a 2'
  );
  await expect(askKernel(page, 'math.sqrt(-1)')).rejects.toThrow(
    /math domain error/
  );
});
