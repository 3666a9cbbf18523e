import { commandsPlugin } from './commands';
import { handshakePlugin } from './handshake';
import { launcherPlugin } from './launcher';
import { palettePlugin } from './palette';
import { settingsPlugin } from './settings';

/**
 * Small plugins, each by itself: what JupyterLab may lack (launcher, palette, status bar, sidebars)
 * is optional in each, so that Notebook 7 loads all of them.
 */
export default [
  settingsPlugin,
  commandsPlugin,
  launcherPlugin,
  palettePlugin,
  handshakePlugin
];
