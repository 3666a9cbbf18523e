import { commandsPlugin } from './commands';
import { handshakePlugin } from './handshake';
import { launcherPlugin } from './launcher';
import { palettePlugin } from './palette';

export default [commandsPlugin, launcherPlugin, palettePlugin, handshakePlugin];
