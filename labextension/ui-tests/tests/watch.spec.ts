import { expect, test } from '@playwright/test';

import { Watch } from './watch';

// The other tests lean on this one: a watch that sees nothing would pass anything.

test('a watch is content with a quiet page', async ({ page }) => {
  const watch = new Watch(page);
  await page.goto('/api');
  watch.check();
});

test('a watch sees an error on the console', async ({ page }) => {
  const watch = new Watch(page);
  await page.goto('/api');
  await page.evaluate("console.error('broken')");
  expect(() => {
    watch.check();
  }).toThrow(/broken/);
});

test('a watch sees an exception that nobody catches', async ({ page }) => {
  const watch = new Watch(page);
  await page.goto('/api');
  await page.evaluate("setTimeout(() => { throw new Error('lost') })");
  await page.waitForEvent('pageerror', { timeout: 5000 }).catch(() => null);
  expect(() => {
    watch.check();
  }).toThrow(/lost/);
});

test('a watch sees a request to another machine', async ({ page }) => {
  const watch = new Watch(page);
  await page.goto('/api');
  await page.evaluate(
    "fetch('https://fonts.invalid/a.css').catch(() => undefined)"
  );
  expect(() => {
    watch.check();
  }).toThrow(/fonts\.invalid/);
});
