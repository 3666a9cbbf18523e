import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IConsoleTracker } from '@jupyterlab/console';
import { INotebookTracker } from '@jupyterlab/notebook';

import { PluginIDs } from '../tokens';
import { IKernelLinks, KernelLinks } from './registry';

export type { KernelLink } from './link';
export { IKernelLinks, type IOpenKernel } from './registry';

export const kernelsPlugin: JupyterFrontEndPlugin<IKernelLinks> = {
  id: PluginIDs.kernels,
  description: 'Follows what the open kernels tell of spreadlab.',
  autoStart: true,
  provides: IKernelLinks,
  optional: [INotebookTracker, IConsoleTracker],
  activate: (
    _app: JupyterFrontEnd,
    notebooks: INotebookTracker | null,
    consoles: IConsoleTracker | null
  ): IKernelLinks => {
    const links = new KernelLinks();
    notebooks?.widgetAdded.connect((_, panel) => {
      links.follow(panel.sessionContext);
    });
    consoles?.widgetAdded.connect((_, panel) => {
      links.follow(panel.sessionContext);
    });
    return links;
  }
};
