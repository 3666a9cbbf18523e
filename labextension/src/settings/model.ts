import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { type ISignal, Signal } from '@lumino/signaling';

import { DEFAULTS, type ISettings, readSettings } from './profile';

/** The settings as they are now, and a signal when they change. */
export interface ISettingsModel {
  readonly settings: ISettings;
  readonly changed: ISignal<ISettingsModel, ISettings>;
  /** Fulfilled once the user's settings have been read. */
  readonly ready: Promise<void>;
}

export class SettingsModel implements ISettingsModel {
  readonly ready: Promise<void>;

  /** @param loading - the user's settings, or null where JupyterLab keeps none */
  constructor(loading: Promise<ISettingRegistry.ISettings> | null) {
    this.ready = loading === null ? Promise.resolve() : this._follow(loading);
  }

  get settings(): ISettings {
    return this._settings;
  }

  get changed(): ISignal<this, ISettings> {
    return this._changed;
  }

  private async _follow(
    loading: Promise<ISettingRegistry.ISettings>
  ): Promise<void> {
    const registry = await loading;
    const read = () => {
      this._settings = readSettings(registry.composite);
      this._changed.emit(this._settings);
    };
    registry.changed.connect(read);
    read();
  }

  private _settings = DEFAULTS;
  private _changed = new Signal<this, ISettings>(this);
}
