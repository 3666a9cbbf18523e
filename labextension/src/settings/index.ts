import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Token } from '@lumino/coreutils';

import { PluginIDs } from '../tokens';
import { type ISettingsModel, SettingsModel } from './model';

export { connectCode, defaultProfile, pythonString } from './profile';
export type { IEngineProfile, ISettings } from './profile';
export type { ISettingsModel } from './model';

/** What the other plugins ask for the settings. */
export const ISpreadlabSettings = new Token<ISettingsModel>(
  'spreadlab:ISpreadlabSettings',
  'The settings of spreadlab, as they are now.'
);

export const settingsPlugin: JupyterFrontEndPlugin<ISettingsModel> = {
  id: PluginIDs.settings,
  description: 'Reads the settings: engines, and how the workbench opens.',
  autoStart: true,
  provides: ISpreadlabSettings,
  optional: [ISettingRegistry],
  activate: (_app, registry: ISettingRegistry | null): ISettingsModel =>
    new SettingsModel(registry && registry.load(PluginIDs.settings))
};
