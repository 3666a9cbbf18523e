import { describe, expect, it } from 'vitest';

import { explain } from '../src/panel/explain';
import { EXTENSION_VERSION } from '../src/version';
import { mayBePrices, splitPath, workbenchCode } from '../src/workbench/code';

describe('workbenchCode', () => {
  it('opens the sample or a file', () => {
    expect(workbenchCode(null, null).split('\n').pop()).toBe(
      'application.workbench()'
    );
    expect(workbenchCode('a "b".csv', null).split('\n').pop()).toBe(
      'application.workbench("a \\"b\\".csv")'
    );
  });

  it('connects a new workbench only: one that is open stays where it is', () => {
    const code = workbenchCode('p.csv', {
      name: 'desk',
      address: 'grpc://localhost:1',
      caFile: '',
      certFile: '',
      keyFile: '',
      tokenFile: ''
    });
    const lines = code.split('\n');
    const connect = lines.findIndex(line => line.includes('sl.connect('));
    expect(lines[connect]).toBe('    sl.connect("grpc://localhost:1")');
    expect(lines.slice(0, connect)).toContain(
      'if not application.is_open("p.csv"):'
    );
  });
});

describe('mayBePrices', () => {
  it.each([
    ['p.csv', true],
    ['P.PARQUET', true],
    ['p.csv.gz', true],
    ['scan.pairs.parquet', false],
    ['p.csv.txt', false],
    ['csv', false]
  ])('%s: %s', (name, expected) => {
    expect(mayBePrices(name)).toBe(expected);
  });
});

describe('splitPath', () => {
  it('keeps folders', () => {
    expect(splitPath('a/b/c.csv')).toEqual({ folder: 'a/b', name: 'c.csv' });
    expect(splitPath('c.csv')).toEqual({ folder: '', name: 'c.csv' });
  });
});

describe('explain', () => {
  const trans = {
    __: (text: string, ...given: unknown[]) =>
      text.replace(/%(\d)/g, (_, n: string) => String(given[Number(n) - 1]))
  } as unknown as Parameters<typeof explain>[1];
  const of = (ename: string, evalue: string) =>
    explain({ ename, evalue, traceback: ['\u001b[31mred\u001b[0m'] }, trans);

  it('names the missing module and the command that brings it', () => {
    const found = of('ModuleNotFoundError', "No module named 'spreadlab'");
    expect(found.message).toContain('no module spreadlab.');
    expect(found.command).toBe(
      `python -m pip install "spreadlab[lab]==${EXTENSION_VERSION}"`
    );
  });

  it('brings an older spreadlab up to this version', () => {
    const found = of('ImportError', "cannot import name 'application'");
    expect(found.message).toContain("cannot import name 'application'");
    expect(found.command).toContain(EXTENSION_VERSION);
  });

  it('shows an error of the toolkit as it is, and details without colours', () => {
    const found = of('InvalidInputError', 'prices: empty');
    expect(found.message).toBe('prices: empty');
    expect(found.command).toBeNull();
    expect(found.details).toBe('red');
  });
});
