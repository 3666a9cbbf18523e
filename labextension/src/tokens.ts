/** Names by which other extensions, settings and shortcuts reach this one. */

export const PluginIDs = {
  commands: 'spreadlab:commands',
  handshake: 'spreadlab:handshake',
  helpers: 'spreadlab:helpers',
  kernels: 'spreadlab:kernels',
  launcher: 'spreadlab:launcher',
  palette: 'spreadlab:palette',
  settings: 'spreadlab:settings',
  sidebar: 'spreadlab:sidebar',
  status: 'spreadlab:status',
  viewers: 'spreadlab:viewers',
  workbench: 'spreadlab:workbench'
} as const;

export const CommandIDs = {
  insertSnippet: 'spreadlab:insert-snippet',
  newFromTemplate: 'spreadlab:new-from-template',
  newQuickstart: 'spreadlab:new-quickstart',
  openSidebar: 'spreadlab:open-sidebar',
  /** Arguments: `path`, a file of prices; `cwd`; `session`, to find a running one again. */
  openWorkbench: 'spreadlab:open-workbench',
  /** The same for what is selected in the file browser. */
  openSelected: 'spreadlab:open-selected-in-workbench',
  restartWorkbench: 'spreadlab:restart-workbench'
} as const;

/** The comm on which a kernel says which spreadlab it runs. */
export const HANDSHAKE_TARGET = 'spreadlab.handshake';
