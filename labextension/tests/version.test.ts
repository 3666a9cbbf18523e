import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { compareVersions, EXTENSION_VERSION } from '../src/version';

describe('compareVersions', () => {
  it('is content with equal versions', () => {
    expect(compareVersions('0.1.0', '0.1.0')).toBeNull();
  });

  it.each([
    ['0.1.0', '0.2.0', 'kernel'],
    ['0.10.0', '0.9.0', 'extension'],
    ['1.0.0rc1', '1.0.0', 'kernel'],
    ['1.0.0', '1.0.0rc2', 'extension'],
    ['1.0.0rc1', '1.0.0rc2', 'kernel'],
    ['1.0', '1.0.1', 'kernel']
  ])('kernel %s, extension %s: the %s is older', (kernel, extension, older) => {
    const mismatch = compareVersions(kernel, extension);
    expect(mismatch?.older).toBe(older);
    // The older side moves to the newer side's version, never back.
    expect(mismatch?.command).toBe(
      `python -m pip install "spreadlab[lab]==${older === 'kernel' ? extension : kernel}"`
    );
  });
});

describe('EXTENSION_VERSION', () => {
  it('is the version of the Python package', () => {
    const source = readFileSync(
      new URL('../../toolkit/spreadlab/_version.py', import.meta.url),
      'utf8'
    );
    expect(source).toContain(`__version__ = "${EXTENSION_VERSION}"`);
  });
});
