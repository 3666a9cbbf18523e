import type { INotebookContent } from '@jupyterlab/nbformat';

import { TEMPLATES } from '../generated/templates';
import { type QuickstartContents, saveCopy } from '../quickstart';

/** A curated notebook, which the extension carries without its outputs. */
export interface ITemplate {
  /** Its file's name without the ending: "03_estimating_ou". */
  id: string;
  title: string;
  load: () => Promise<{ default: unknown }>;
}

export { TEMPLATES };

/**
 * Save a fresh copy of a curated notebook in a folder, under a name not taken yet.
 *
 * @returns the path of the new notebook
 */
export async function createFromTemplate(
  contents: QuickstartContents,
  folder: string,
  id: string
): Promise<string> {
  const template = TEMPLATES.find(one => one.id === id);
  if (template === undefined) {
    const known = TEMPLATES.map(one => one.id).join(', ');
    throw new Error(`There is no template "${id}"; there are: ${known}`);
  }
  const stem = template.id.replace(/^\d+_/, '').replaceAll('_', '-');
  return saveCopy(
    contents,
    folder,
    stem,
    async () => (await template.load()).default as INotebookContent
  );
}
