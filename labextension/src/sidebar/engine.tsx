import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { engineWords, place } from '../kernels/words';
import { LOCAL, type SidebarModel } from './model';

interface IProps {
  model: SidebarModel;
  trans: TranslationBundle;
  /** Open the settings, where engines are named. */
  openSettings: () => void;
  /** Write the import into the notebook. */
  insertImport: () => void;
}

/** The engine of the notebook in front, and the ones that it may connect to. */
export function EngineSection(props: IProps): React.ReactElement {
  const { model, trans, insertImport } = props;
  const { notebook, link } = model;
  if (notebook === null) {
    return (
      <p className="jp-SpreadlabSidebar-empty">
        {trans.__('Open a notebook to see which engine its kernel uses.')}
      </p>
    );
  }
  const engine = link?.state?.engine;
  if (engine === undefined) {
    return (
      <div className="jp-SpreadlabSidebar-empty">
        <p>{trans.__('This notebook has not imported spreadlab yet.')}</p>
        <button
          type="button"
          className="jp-SpreadlabSidebar-button"
          onClick={insertImport}
        >
          {trans.__('Insert: load prices')}
        </button>
      </div>
    );
  }
  return (
    <>
      <p
        className="jp-SpreadlabSidebar-engine"
        data-state={engine.state}
        role="status"
      >
        <span className="jp-SpreadlabSidebar-lamp" aria-hidden="true" />
        {engineWords(engine, trans)}
      </p>
      {engine.problem !== '' && (
        <p className="jp-SpreadlabSidebar-problem" role="alert">
          {engine.problem}
        </p>
      )}
      <Connect
        {...props}
        address={engine.address}
        connecting={engine.connecting}
      />
    </>
  );
}

function Connect({
  model,
  trans,
  openSettings,
  address,
  connecting
}: IProps & {
  address: string;
  connecting: string | null;
}): React.ReactElement {
  const [chosen, choose] = React.useState(0);
  const choices = [LOCAL, ...model.profiles];
  const profile = choices[chosen] ?? LOCAL;
  const id = React.useId();
  const isLocal = !address.includes('://');
  return (
    <form
      className="jp-SpreadlabSidebar-connect"
      onSubmit={event => {
        event.preventDefault();
        void model.connect(profile);
      }}
    >
      <label htmlFor={id}>{trans.__('Connect to')}</label>
      <HTMLSelect
        id={id}
        className="jp-SpreadlabSidebar-select"
        value={choices.indexOf(profile)}
        onChange={event => {
          choose(Number(event.target.value));
        }}
      >
        {choices.map((choice, index) => (
          <option key={index} value={index}>
            {choice === LOCAL
              ? trans.__('this machine')
              : `${choice.name} (${place(choice.address)})`}
          </option>
        ))}
      </HTMLSelect>
      <div className="jp-SpreadlabSidebar-buttons">
        <button
          type="submit"
          className="jp-SpreadlabSidebar-button"
          disabled={connecting !== null}
        >
          {trans.__('Connect')}
        </button>
        {!isLocal && (
          <button
            type="button"
            className="jp-SpreadlabSidebar-button"
            disabled={connecting !== null}
            onClick={() => void model.connect(LOCAL)}
          >
            {trans.__('Disconnect')}
          </button>
        )}
        <button
          type="button"
          className="jp-SpreadlabSidebar-button"
          onClick={openSettings}
        >
          {trans.__('Engines…')}
        </button>
      </div>
    </form>
  );
}
