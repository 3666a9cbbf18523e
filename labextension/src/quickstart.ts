import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { Contents } from '@jupyterlab/services';

/** What making a notebook needs of JupyterLab's contents manager. */
export type QuickstartContents = Pick<Contents.IManager, 'get' | 'save'>;

const STEM = 'pairs-research';

/**
 * Save a fresh copy of the quickstart in a folder, under a name not taken yet.
 *
 * @returns the path of the new notebook
 */
export async function createQuickstart(
  contents: QuickstartContents,
  folder: string
): Promise<string> {
  return saveCopy(contents, folder, STEM, loadQuickstart);
}

/**
 * Save a notebook that the extension carries in a folder, as `stem.ipynb` or the first free `stem-1`,
 * `stem-2` ...
 *
 * @returns the path of the new notebook
 */
export async function saveCopy(
  contents: QuickstartContents,
  folder: string,
  stem: string,
  load: () => Promise<INotebookContent>
): Promise<string> {
  const listing = await contents.get(folder, { content: true });
  const taken = new Set(
    (listing.content as Contents.IModel[]).map(({ name }) => name)
  );
  const path = joinPath(folder, freeName(taken, stem));
  await contents.save(path, {
    type: 'notebook',
    format: 'json',
    content: await load()
  });
  return path;
}

/** Open a notebook of ours with a Python kernel. */
export async function openNotebook(
  commands: JupyterFrontEnd['commands'],
  path: string
): Promise<unknown> {
  return commands.execute('docmanager:open', {
    path,
    factory: 'Notebook',
    kernel: { name: 'python3' }
  });
}

/** `STEM.ipynb`, or the first of `STEM-1.ipynb`, `-2` ... that is free. */
export function freeName(taken: ReadonlySet<string>, stem = STEM): string {
  let name = `${stem}.ipynb`;
  for (let n = 1; taken.has(name); n++) {
    name = `${stem}-${n}.ipynb`;
  }
  return name;
}

/** A file in a folder; a drive prefix ("RTC:") and the root ("") keep their meaning. */
export function joinPath(folder: string, name: string): string {
  return folder === '' || folder.endsWith(':') || folder.endsWith('/')
    ? `${folder}${name}`
    : `${folder}/${name}`;
}

/** The quickstart is a chunk of its own: it costs nothing until someone asks for it. */
async function loadQuickstart(): Promise<INotebookContent> {
  const { default: notebook } =
    await import('./generated/templates/01_quickstart.json');
  return notebook as unknown as INotebookContent;
}
