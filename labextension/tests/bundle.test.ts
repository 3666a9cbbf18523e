import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { expect, it } from 'vitest';

const STATIC = new URL('../output/static/', import.meta.url);
const MOST = 300 * 1024;

it('adds at most 300 KB to what JupyterLab loads, gzipped, everything counted', () => {
  expect(existsSync(STATIC), 'the extension is built: npm run build').toBe(
    true
  );
  const scripts = readdirSync(STATIC).filter(name => name.endsWith('.js'));
  expect(scripts.some(name => name.startsWith('remoteEntry'))).toBe(true);
  const size = scripts
    .map(name => gzipSync(readFileSync(new URL(name, STATIC))).length)
    .reduce((sum, bytes) => sum + bytes, 0);
  expect(size).toBeLessThanOrEqual(MOST);
});
