import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { commandsPlugin } from './commands';
import { handshakePlugin } from './handshake';
import { helpersPlugin } from './helpers';
import { kernelsPlugin } from './kernels';
import { launcherPlugin } from './launcher';
import { measured } from './measure';
import { palettePlugin } from './palette';
import { settingsPlugin } from './settings';
import { sidebarPlugin } from './sidebar';
import { statusPlugin } from './status';
import { viewersPlugin } from './viewers';
import { workbenchPlugin } from './workbench';

/**
 * Small plugins, each by itself: what JupyterLab may lack (launcher, palette, status bar, sidebars)
 * is optional in each, so that Notebook 7 loads all of them.
 */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  settingsPlugin,
  commandsPlugin,
  launcherPlugin,
  palettePlugin,
  handshakePlugin,
  kernelsPlugin,
  sidebarPlugin,
  statusPlugin,
  helpersPlugin,
  workbenchPlugin,
  viewersPlugin
];

export default plugins.map(measured);
