import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';
import { VDomModel, VDomRenderer } from '@jupyterlab/ui-components';
import * as React from 'react';

import { pairsIcon } from '../icons';
import { IKernelLinks } from '../kernels';
import type { IEngine } from '../kernels/protocol';
import { engineTitle, engineWords } from '../kernels/words';
import { CommandIDs, PluginIDs } from '../tokens';

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.status,
  description: 'Shows the engine of the current notebook in the status bar.',
  autoStart: true,
  requires: [IKernelLinks],
  optional: [INotebookTracker, IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    links: IKernelLinks,
    notebooks: INotebookTracker | null,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    if (notebooks === null || statusBar === null) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('spreadlab');
    const model = new EngineStatus(links, notebooks);
    statusBar.registerStatusItem(PluginIDs.status, {
      item: new EngineItem(model, trans, () => {
        void app.commands.execute(CommandIDs.openSidebar);
      }),
      align: 'left',
      rank: 5,
      isActive: () => model.engine !== null,
      activeStateChanged: model.stateChanged
    });
  }
};

/** The engine of the notebook in front. */
class EngineStatus extends VDomModel {
  constructor(
    private readonly _links: IKernelLinks,
    private readonly _notebooks: INotebookTracker
  ) {
    super();
    const look = () => {
      this._look();
    };
    _links.changed.connect(look);
    _notebooks.currentChanged.connect(look);
  }

  /** Null where there is no notebook, or its kernel has not imported spreadlab. */
  engine: IEngine | null = null;

  private _look(): void {
    const session = this._notebooks.currentWidget?.sessionContext ?? null;
    const engine = this._links.find(session)?.state?.engine ?? null;
    if (JSON.stringify(engine) !== JSON.stringify(this.engine)) {
      this.engine = engine;
      this.stateChanged.emit();
    }
  }
}

class EngineItem extends VDomRenderer<EngineStatus> {
  constructor(
    model: EngineStatus,
    private readonly _trans: TranslationBundle,
    private readonly _open: () => void
  ) {
    super(model);
    this.addClass('jp-SpreadlabStatus');
  }

  protected render(): React.ReactElement | null {
    const { engine } = this.model;
    if (engine === null) {
      return null;
    }
    const words = engineWords(engine, this._trans);
    return (
      <button
        type="button"
        className="jp-SpreadlabStatus-button"
        data-state={engine.state}
        title={engineTitle(engine, this._trans)}
        aria-label={this._trans.__('Pairs research engine: %1', words)}
        onClick={this._open}
      >
        <pairsIcon.react tag="span" className="jp-SpreadlabStatus-icon" />
        <span>{words}</span>
      </button>
    );
  }
}
