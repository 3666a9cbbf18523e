// Writes what the sources take from other places of the repository: the version, and the quickstart
// notebook as JSON that the extension carries, so that the launcher card works in any folder, without
// a server route and without a kernel. Outputs are left out: what a reader sees in the new notebook
// is what their own kernel computed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const source = resolve(here, '../../notebooks/01_quickstart.ipynb');
const generated = resolve(here, '../src/generated');

const text = readSource();
const notebook = JSON.parse(text);
const cells = notebook.cells.map((cell, index) => ({
  cell_type: cell.cell_type,
  id: cell.id ?? `quickstart-${index}`,
  metadata: {},
  source: cell.source,
  ...(cell.cell_type === 'code' ? { execution_count: null, outputs: [] } : {})
}));
if (!cells.some(cell => cell.cell_type === 'code')) {
  throw new Error(`${source}: no code cell; a quickstart has to run something`);
}
mkdirSync(generated, { recursive: true });
write('quickstart.json', {
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
const manifest = JSON.parse(
  readFileSync(resolve(here, '../package.json'), 'utf8')
);
write('version.json', { version: manifest.version });

function write(name, value) {
  writeFileSync(
    resolve(generated, name),
    JSON.stringify(value, null, 1) + '\n'
  );
}

function readSource() {
  try {
    return readFileSync(source, 'utf8');
  } catch (error) {
    throw new Error(
      `${source}: the quickstart notebook is missing, and the launcher card opens it`,
      { cause: error }
    );
  }
}
