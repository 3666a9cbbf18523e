import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, PluginIDs } from './tokens';

export const palettePlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.palette,
  description: 'Lists the pairs research commands in the command palette.',
  autoStart: true,
  optional: [ICommandPalette, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('spreadlab');
    palette?.addItem({
      command: CommandIDs.newQuickstart,
      category: trans.__('spreadlab'),
      args: { isPalette: true }
    });
  }
};
