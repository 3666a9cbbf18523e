// Writes what the sources take from other places of the repository: the version, and the curated
// notebooks as JSON that the extension carries, so that the launcher card and the templates work in
// any folder, without a server route and without a kernel. Outputs are left out: what a reader sees in
// a new notebook is what their own kernel computed.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const notebooks = resolve(here, '../../notebooks');
const generated = resolve(here, '../src/generated');
const FIRST = '01_quickstart'; // the launcher card opens it

const names = readdirSync(notebooks)
  .filter(name => /^\d\d_\w+\.ipynb$/.test(name))
  .map(name => name.replace(/\.ipynb$/, ''))
  .sort();
if (!names.includes(FIRST)) {
  throw new Error(
    `${notebooks}: ${FIRST}.ipynb is missing, and the launcher card opens it`
  );
}
rmSync(generated, { recursive: true, force: true });
mkdirSync(resolve(generated, 'templates'), { recursive: true });
const titles = new Map(names.map(name => [name, writeTemplate(name)]));
writeFileSync(
  resolve(generated, 'templates.ts'),
  `import type { ITemplate } from '../helpers/templates';

/** Each notebook is a chunk of its own: it costs nothing until someone asks for it. */
export const TEMPLATES: readonly ITemplate[] = [
${names.map(name => entry(name, titles.get(name))).join(',\n')}
];
`
);
const manifest = JSON.parse(
  readFileSync(resolve(here, '../package.json'), 'utf8')
);
write('version.json', { version: manifest.version });

/** Write one notebook without its outputs, and return its title. */
function writeTemplate(name) {
  const file = resolve(notebooks, `${name}.ipynb`);
  const notebook = JSON.parse(readFileSync(file, 'utf8'));
  const cells = notebook.cells.map((cell, index) => ({
    cell_type: cell.cell_type,
    id: cell.id ?? `${name}-${index}`,
    metadata: {},
    source: cell.source,
    ...(cell.cell_type === 'code' ? { execution_count: null, outputs: [] } : {})
  }));
  if (!cells.some(cell => cell.cell_type === 'code')) {
    throw new Error(`${file}: no code cell; a template has to run something`);
  }
  const title = [cells[0].source]
    .flat()
    .join('')
    .match(/^# (.+)/m)?.[1];
  if (title === undefined) {
    throw new Error(`${file}: the first cell has no title ("# ...")`);
  }
  write(`templates/${name}.json`, {
    cells,
    metadata: {
      kernelspec: {
        display_name: 'Python 3 (ipykernel)',
        language: 'python',
        name: 'python3'
      },
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  });
  return title;
}

function entry(name, title) {
  return `  {
    id: '${name}',
    title: ${JSON.stringify(title)},
    load: () => import('./templates/${name}.json')
  }`;
}

function write(name, value) {
  writeFileSync(
    resolve(generated, name),
    JSON.stringify(value, null, 1) + '\n'
  );
}
