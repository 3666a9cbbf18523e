import { readdirSync, readFileSync } from 'node:fs';

import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { snippets } from '../src/helpers/snippets';
import { createFromTemplate, TEMPLATES } from '../src/helpers/templates';
import type { QuickstartContents } from '../src/quickstart';

interface IItem {
  command?: string;
  args?: Record<string, string>;
  submenu?: { items: IItem[] };
}

const menu = (
  JSON.parse(
    readFileSync(new URL('../schema/helpers.json', import.meta.url), 'utf8')
  ) as { 'jupyter.lab.menus': { main: { items: IItem[] }[] } }
)['jupyter.lab.menus'].main[0]!.items;

/** What a menu lists of a command, in its order. */
function listed(command: string, name: string): string[] {
  return menu
    .flatMap(({ submenu }) => submenu?.items ?? [])
    .filter(item => item.command === command)
    .map(item => item.args![name]!);
}

describe('templates', () => {
  it('are the curated notebooks, every one in the menu', () => {
    const curated = readdirSync(new URL('../../notebooks/', import.meta.url))
      .filter(name => name.endsWith('.ipynb'))
      .map(name => name.replace('.ipynb', ''))
      .sort();
    const ids = TEMPLATES.map(({ id }) => id);
    expect(ids).toEqual(curated);
    expect(listed('spreadlab:new-from-template', 'template')).toEqual(ids);
  });

  it.each(TEMPLATES)(
    '$id has a title, code, and nothing already run',
    async ({ title, load }) => {
      expect(title.length).toBeGreaterThan(5);
      const { cells } = (await load()).default as {
        cells: { cell_type: string; outputs: unknown[] }[];
      };
      const code = cells.filter(cell => cell.cell_type === 'code');
      expect(code.length).toBeGreaterThan(2);
      expect(code.every(cell => cell.outputs.length === 0)).toBe(true);
    }
  );

  it('are saved under a name of their own, never over a file', async () => {
    const saved: string[] = [];
    const contents = {
      get: () =>
        Promise.resolve({ content: [{ name: 'estimating-ou.ipynb' }] }),
      save: (path: string) => {
        saved.push(path);
        return Promise.resolve({});
      }
    } as unknown as QuickstartContents;
    const path = await createFromTemplate(contents, 'a', '03_estimating_ou');
    expect(path).toBe('a/estimating-ou-1.ipynb');
    expect(saved).toEqual([path]);
    await expect(createFromTemplate(contents, 'a', '99_dance')).rejects.toThrow(
      'There is no template "99_dance"; there are: 01_quickstart'
    );
  });
});

describe('snippets', () => {
  it('are all in the menu, in the order in which they build on each other', () => {
    const all = snippets(nullTranslator.load('spreadlab'));
    expect(listed('spreadlab:insert-snippet', 'snippet')).toEqual(
      all.map(({ id }) => id)
    );
  });
});
