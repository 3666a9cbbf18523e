import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, PluginIDs } from './tokens';

export const launcherPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.launcher,
  description: 'Adds the "Pairs research" card to the launcher.',
  autoStart: true,
  optional: [ILauncher, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    launcher: ILauncher | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('spreadlab');
    launcher?.add({
      command: CommandIDs.newQuickstart,
      category: trans.__('spreadlab'),
      rank: 1
    });
  }
};
