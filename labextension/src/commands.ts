import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { pairsIcon } from './icons';
import { createQuickstart, openNotebook } from './quickstart';
import { CommandIDs, PluginIDs } from './tokens';

/** The command behind the launcher card and the palette entry. */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.commands,
  description: 'Adds the command that opens a new pairs research notebook.',
  autoStart: true,
  optional: [IDefaultFileBrowser, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    browser: IDefaultFileBrowser | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('spreadlab');
    app.commands.addCommand(CommandIDs.newQuickstart, {
      label: args =>
        args['isPalette']
          ? trans.__('New Pairs Research Notebook')
          : trans.__('Pairs research'),
      caption: trans.__(
        'Open a new notebook that goes from prices to an honest backtest of a pair'
      ),
      icon: args => (args['isPalette'] ? undefined : pairsIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            cwd: {
              type: 'string',
              description: trans.__('Folder that gets the notebook')
            },
            isPalette: {
              type: 'boolean',
              description: trans.__('Whether the command palette asks')
            }
          }
        }
      },
      execute: async args => {
        const folder =
          typeof args['cwd'] === 'string'
            ? args['cwd']
            : (browser?.model.path ?? '');
        const path = await createQuickstart(
          app.serviceManager.contents,
          folder
        );
        return openNotebook(app.commands, path);
      }
    });
  }
};
