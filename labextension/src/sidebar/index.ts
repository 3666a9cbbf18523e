import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { insertCode } from '../helpers/cells';
import { pairsIcon } from '../icons';
import { IKernelLinks } from '../kernels';
import { ISpreadlabSettings, type ISettingsModel } from '../settings';
import { CommandIDs, PluginIDs } from '../tokens';
import { SidebarModel } from './model';
import { Sidebar, SIDEBAR_ID } from './panel';

export const sidebarPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.sidebar,
  description:
    'Adds the sidebar with engine, running scans, results and the trial ledger.',
  autoStart: true,
  requires: [IKernelLinks, ISpreadlabSettings],
  optional: [INotebookTracker, ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    links: IKernelLinks,
    settings: ISettingsModel,
    notebooks: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('spreadlab');
    const model = new SidebarModel(
      links,
      {
        current: () => notebooks?.currentWidget ?? null,
        of: session =>
          notebooks?.find(panel => panel.sessionContext === session) ?? null,
        insert: async (panel, code) => {
          app.shell.activateById(panel.id);
          await insertCode(panel, code, true);
        }
      },
      settings
    );
    notebooks?.currentChanged.connect(() => {
      model.refresh();
    });
    const sidebar = new Sidebar(
      model,
      {
        openSettings: () => {
          void app.commands.execute('settingeditor:open', {
            query: trans.__('Pairs research')
          });
        },
        insertImport: () => {
          void app.commands.execute(CommandIDs.insertSnippet, {
            snippet: 'prices'
          });
        }
      },
      trans
    );
    app.shell.add(sidebar, 'left', { rank: 450 });
    restorer?.add(sidebar, SIDEBAR_ID);

    app.commands.addCommand(CommandIDs.openSidebar, {
      label: trans.__('Show Pairs Research Sidebar'),
      caption: trans.__(
        'Engine, running scans, recent results and the trial ledger'
      ),
      icon: pairsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(SIDEBAR_ID);
      }
    });
    palette?.addItem({
      command: CommandIDs.openSidebar,
      category: trans.__('spreadlab')
    });
  }
};
