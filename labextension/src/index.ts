import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { commandsPlugin } from './commands';
import { handshakePlugin } from './handshake';
import { launcherPlugin } from './launcher';
import { measured } from './measure';
import { palettePlugin } from './palette';
import { settingsPlugin } from './settings';
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
  workbenchPlugin,
  viewersPlugin
];

export default plugins.map(measured);
