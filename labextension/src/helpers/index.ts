import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { openNotebook } from '../quickstart';
import { CommandIDs, PluginIDs } from '../tokens';
import { insertCode } from './cells';
import { snippets } from './snippets';
import { createFromTemplate, TEMPLATES } from './templates';

/**
 * New notebooks from the curated ones, and pieces of code for the notebook in front. The menus that
 * list them are in `schema/helpers.json`, where a user can rearrange them.
 */
export const helpersPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.helpers,
  description: 'Adds notebook templates and snippets.',
  autoStart: true,
  optional: [
    INotebookTracker,
    IDefaultFileBrowser,
    ICommandPalette,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker | null,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('spreadlab');
    const pieces = snippets(trans);
    const pieceOf = (id: unknown) => pieces.find(piece => piece.id === id);
    const titleOf = (id: unknown) =>
      TEMPLATES.find(template => template.id === id)?.title ?? String(id);

    app.commands.addCommand(CommandIDs.newFromTemplate, {
      label: args =>
        args['isPalette']
          ? trans.__('New Notebook: %1', titleOf(args['template']))
          : titleOf(args['template']),
      caption: trans.__('Open a copy of this notebook, ready to run'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            template: {
              type: 'string',
              enum: TEMPLATES.map(({ id }) => id),
              description: trans.__('Which notebook')
            },
            cwd: {
              type: 'string',
              description: trans.__('Folder that gets the notebook')
            }
          },
          required: ['template']
        }
      },
      execute: async args => {
        const folder =
          typeof args['cwd'] === 'string'
            ? args['cwd']
            : (browser?.model.path ?? '');
        const path = await createFromTemplate(
          app.serviceManager.contents,
          folder,
          String(args['template'])
        );
        return openNotebook(app.commands, path);
      }
    });

    app.commands.addCommand(CommandIDs.insertSnippet, {
      label: args => {
        const label =
          pieceOf(args['snippet'])?.label ?? String(args['snippet']);
        return args['isPalette'] ? trans.__('Insert: %1', label) : label;
      },
      caption: trans.__('Insert this code below the active cell'),
      isEnabled: () => (notebooks?.currentWidget ?? null) !== null,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            snippet: {
              type: 'string',
              enum: pieces.map(({ id }) => id),
              description: trans.__('Which code')
            }
          },
          required: ['snippet']
        }
      },
      execute: async args => {
        const panel = notebooks?.currentWidget ?? null;
        const piece = pieceOf(args['snippet']);
        if (panel === null || piece === undefined) {
          throw new Error(
            piece === undefined
              ? `There is no snippet "${String(args['snippet'])}"`
              : 'A snippet needs an open notebook'
          );
        }
        await insertCode(panel, piece.code, false);
      }
    });
    notebooks?.currentChanged.connect(() => {
      app.commands.notifyCommandChanged(CommandIDs.insertSnippet);
    });

    for (const { id } of pieces) {
      palette?.addItem({
        command: CommandIDs.insertSnippet,
        category: trans.__('spreadlab'),
        args: { snippet: id, isPalette: true }
      });
    }
    for (const { id } of TEMPLATES) {
      palette?.addItem({
        command: CommandIDs.newFromTemplate,
        category: trans.__('spreadlab'),
        args: { template: id, isPalette: true }
      });
    }
  }
};
