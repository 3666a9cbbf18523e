import { describe, expect, it } from 'vitest';

import {
  createQuickstart,
  freeName,
  joinPath,
  type QuickstartContents
} from '../src/quickstart';

interface Saved {
  path: string;
  options: Parameters<QuickstartContents['save']>[1];
}

/** A folder with some files, which remembers what is saved. */
function folder(names: string[]): {
  contents: QuickstartContents;
  saved: Saved[];
} {
  const saved: Saved[] = [];
  const contents = {
    get: (path: string) =>
      Promise.resolve({ path, content: names.map(name => ({ name })) }),
    save: (path: string, options: Saved['options']) => {
      saved.push({ path, options });
      return Promise.resolve({ path });
    }
  } as unknown as QuickstartContents;
  return { contents, saved };
}

describe('createQuickstart', () => {
  it('saves a notebook with code to run and nothing already run', async () => {
    const { contents, saved } = folder([]);
    expect(await createQuickstart(contents, 'work/pairs')).toBe(
      'work/pairs/pairs-research.ipynb'
    );
    expect(saved).toHaveLength(1);
    const { content } = saved[0]!.options!;
    expect(content.nbformat).toBe(4);
    const code = content.cells.filter(
      (cell: { cell_type: string }) => cell.cell_type === 'code'
    );
    expect(code.length).toBeGreaterThan(2);
    expect(
      code.every((cell: { outputs: unknown[] }) => cell.outputs.length === 0)
    ).toBe(true);
    expect(JSON.stringify(code)).toContain('PolicyHeatmap');
    expect(JSON.stringify(code)).toContain('PairSelector');
  });

  it('never writes over a file', async () => {
    const { contents } = folder([
      'pairs-research.ipynb',
      'pairs-research-1.ipynb'
    ]);
    expect(await createQuickstart(contents, '')).toBe('pairs-research-2.ipynb');
  });
});

describe('names', () => {
  it('are the first free ones', () => {
    expect(freeName(new Set())).toBe('pairs-research.ipynb');
    expect(freeName(new Set(['pairs-research-1.ipynb']))).toBe(
      'pairs-research.ipynb'
    );
  });

  it('keep root and drives', () => {
    expect(joinPath('', 'a')).toBe('a');
    expect(joinPath('RTC:', 'a')).toBe('RTC:a');
    expect(joinPath('b/c', 'a')).toBe('b/c/a');
  });
});
