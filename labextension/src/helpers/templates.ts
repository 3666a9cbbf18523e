import type { INotebookContent } from '@jupyterlab/nbformat';
import type { Contents } from '@jupyterlab/services';

import { TEMPLATES } from '../generated/templates';
import { freeName, joinPath, type QuickstartContents } from '../quickstart';

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
  const listing = await contents.get(folder, { content: true });
  const taken = new Set(
    (listing.content as Contents.IModel[]).map(({ name }) => name)
  );
  const stem = template.id.replace(/^\d+_/, '').replaceAll('_', '-');
  const path = joinPath(folder, freeName(taken, stem));
  const { default: notebook } = await template.load();
  await contents.save(path, {
    type: 'notebook',
    format: 'json',
    content: notebook as INotebookContent
  });
  return path;
}
