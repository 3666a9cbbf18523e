import { IKernelLinks } from '../kernels';
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import {
  IDefaultFileBrowser,
  IFileBrowserFactory
} from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

import { pairsIcon } from '../icons';
import { joinPath } from '../quickstart';
import {
  defaultProfile,
  type ISettingsModel,
  ISpreadlabSettings
} from '../settings';
import { CommandIDs, PluginIDs } from '../tokens';
import { mayBePrices, splitPath, workbenchCode } from './code';
import type { WorkbenchPanel } from './panel';

/** Tabs with a workbench; JupyterLab only, since Notebook 7 shows one document a page. */
export const workbenchPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.workbench,
  description: 'Opens the workbench in a tab, with a kernel of its own.',
  autoStart: true,
  requires: [ISpreadlabSettings, IKernelLinks],
  optional: [
    ILabShell,
    IRenderMimeRegistry,
    ILayoutRestorer,
    ILauncher,
    ICommandPalette,
    IMainMenu,
    IDefaultFileBrowser,
    IFileBrowserFactory,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    model: ISettingsModel,
    links: IKernelLinks,
    shell: ILabShell | null,
    rendermime: IRenderMimeRegistry | null,
    restorer: ILayoutRestorer | null,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    browser: IDefaultFileBrowser | null,
    browsers: IFileBrowserFactory | null,
    translator: ITranslator | null
  ) => {
    if (shell === null || rendermime === null) {
      return;
    }
    const { commands, serviceManager } = app;
    const { contents } = serviceManager;
    const translation = translator ?? nullTranslator;
    const trans = translation.load('spreadlab');
    const tracker = new WidgetTracker<WorkbenchPanel>({
      namespace: 'spreadlab-workbench'
    });

    const open = async (
      path: string | null,
      folder: string,
      session: string | null
    ): Promise<WorkbenchPanel> => {
      const shown = tracker.find(
        panel => path !== null && session === null && panel.path === path
      );
      if (shown !== undefined) {
        shell.activateById(shown.id);
        return shown;
      }
      const [{ WorkbenchPanel }] = await Promise.all([
        import('./panel'),
        model.ready
      ]);
      const local = path === null ? null : splitPath(contents.localPath(path));
      const panel = new WorkbenchPanel({
        path,
        sessionPath:
          session ??
          joinPath(local?.folder ?? folder, `workbench-${UUID.uuid4()}`),
        sessionName: local?.name ?? trans.__('Pairs Workbench'),
        kernelName: model.settings.workbenchKernel,
        code: () =>
          workbenchCode(local?.name ?? null, defaultProfile(model.settings)),
        manager: serviceManager,
        rendermime,
        translator: translation
      });
      links.follow(panel.content.sessionContext);
      await tracker.add(panel);
      shell.add(panel, 'main', { type: trans.__('Pairs Workbench') });
      void panel.content.start();
      return panel;
    };

    commands.addCommand(CommandIDs.openWorkbench, {
      label: args =>
        args['isPalette']
          ? trans.__('Open Pairs Workbench')
          : trans.__('Pairs Workbench'),
      caption: trans.__(
        'Choose a pair, fit it, control it and test it, without writing a cell'
      ),
      icon: args => (args['isPalette'] ? undefined : pairsIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: {
              type: 'string',
              description: trans.__('File of prices; without one, a sample')
            },
            cwd: {
              type: 'string',
              description: trans.__('Folder that the kernel runs in')
            },
            session: {
              type: 'string',
              description: trans.__('Path of a session that runs already')
            }
          }
        }
      },
      execute: args => {
        const text = (name: string) =>
          typeof args[name] === 'string' ? args[name] : null;
        return open(
          text('path'),
          contents.localPath(text('cwd') ?? browser?.model.path ?? ''),
          text('session')
        );
      }
    });

    const selected = () => {
      const from = browsers?.tracker.currentWidget ?? browser;
      return [...(from?.selectedItems() ?? [])].filter(
        item => item.type !== 'directory' && mayBePrices(item.name)
      );
    };
    commands.addCommand(CommandIDs.openSelected, {
      label: trans.__('Open in Pairs Workbench'),
      caption: trans.__('Open the prices in this file in a workbench'),
      icon: pairsIcon,
      isVisible: () => selected().length > 0,
      execute: async () => {
        for (const { path } of selected()) {
          await open(path, '', null);
        }
      }
    });

    commands.addCommand(CommandIDs.restartWorkbench, {
      label: trans.__('Restart Kernel of the Pairs Workbench'),
      isEnabled: () => tracker.currentWidget === shell.currentWidget,
      execute: () =>
        tracker.currentWidget?.content.sessionContext.restartKernel()
    });
    const isWorkbench = (widget: object) =>
      tracker.has(widget as WorkbenchPanel);
    menu?.kernelMenu.kernelUsers.restartKernel.add({
      id: CommandIDs.restartWorkbench,
      isEnabled: isWorkbench
    });

    launcher?.add({
      command: CommandIDs.openWorkbench,
      category: trans.__('spreadlab'),
      rank: 0
    });
    const category = trans.__('spreadlab');
    palette?.addItem({
      command: CommandIDs.openWorkbench,
      category,
      args: { isPalette: true }
    });
    palette?.addItem({ command: CommandIDs.restartWorkbench, category });

    if (restorer !== null) {
      void restorer.restore(tracker, {
        command: CommandIDs.openWorkbench,
        args: panel => ({
          session: panel.sessionPath,
          ...(panel.path === null ? {} : { path: panel.path })
        }),
        name: panel => panel.sessionPath
      });
    }
  }
};
