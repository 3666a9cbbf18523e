/** Names by which other extensions, settings and shortcuts reach this one. */

export const PluginIDs = {
  commands: 'spreadlab:commands',
  handshake: 'spreadlab:handshake',
  launcher: 'spreadlab:launcher',
  palette: 'spreadlab:palette',
  settings: 'spreadlab:settings'
} as const;

export const CommandIDs = {
  newQuickstart: 'spreadlab:new-quickstart'
} as const;

/** The comm on which a kernel says which spreadlab it runs. */
export const HANDSHAKE_TARGET = 'spreadlab.handshake';
