import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IStudy } from '../kernels/protocol';
import type { SidebarModel } from './model';

interface IProps {
  model: SidebarModel;
  trans: TranslationBundle;
}

/** Every study of the trial ledger: how much was tried, and what is left of the best of it. */
export function LedgerSection({ model, trans }: IProps): React.ReactElement {
  const { ledger } = model;
  switch (ledger.kind) {
    case 'empty':
      return (
        <p className="jp-SpreadlabSidebar-empty">
          {trans.__(
            'The ledger is read through a notebook that uses spreadlab.'
          )}
        </p>
      );
    case 'loading':
      return (
        <p className="jp-SpreadlabSidebar-empty" role="status">
          {trans.__('Reading the ledger…')}
        </p>
      );
    case 'failed':
      return (
        <>
          <p className="jp-SpreadlabSidebar-problem" role="alert">
            {ledger.problem}
          </p>
          <Reload {...{ model, trans }} />
        </>
      );
    case 'known':
      return (
        <>
          {ledger.ledger.studies.length === 0 ? (
            <p className="jp-SpreadlabSidebar-empty">
              {trans.__(
                'No trials yet. Every backtest, sweep and walk-forward is counted here.'
              )}
            </p>
          ) : (
            <Studies {...{ model, trans }} studies={ledger.ledger.studies} />
          )}
          <p className="jp-SpreadlabSidebar-note" title={ledger.ledger.path}>
            {trans.__(
              'Chance that the best has any skill: by itself, and after all that was tried.'
            )}
          </p>
          <Reload {...{ model, trans }} />
        </>
      );
  }
}

function Studies({
  model,
  trans,
  studies
}: IProps & { studies: readonly IStudy[] }): React.ReactElement {
  return (
    <table className="jp-SpreadlabSidebar-ledger">
      <thead>
        <tr>
          <th scope="col">{trans.__('study')}</th>
          <th scope="col">{trans.__('trials')}</th>
          <th scope="col" title={trans.__('Sharpe ratio of the best, a bar')}>
            {trans.__('best')}
          </th>
          <th scope="col" title={trans.__('Probabilistic Sharpe ratio')}>
            {trans.__('naive')}
          </th>
          <th scope="col" title={trans.__('Deflated Sharpe ratio')}>
            {trans.__('deflated')}
          </th>
        </tr>
      </thead>
      <tbody>
        {studies.map(study => (
          <tr key={study.study}>
            <th scope="row">
              <button
                type="button"
                className="jp-SpreadlabSidebar-study"
                title={trans.__(
                  'Show the trials of "%1" in a new cell',
                  study.study
                )}
                onClick={() => void model.showStudy(study.study)}
              >
                {study.study}
              </button>
            </th>
            <td
              title={trans.__(
                '%1 independent ones',
                String(study.effective ?? '–')
              )}
            >
              {study.trials}
            </td>
            <td title={`${study.kind}: ${study.rule}`}>
              {study.sharpe === null ? '–' : study.sharpe.toPrecision(3)}
            </td>
            <td>{percent(study.naive)}</td>
            <td>{percent(study.deflated)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Reload({ model, trans }: IProps): React.ReactElement {
  return (
    <button
      type="button"
      className="jp-SpreadlabSidebar-button"
      onClick={() => void model.readLedger()}
    >
      {trans.__('Read again')}
    </button>
  );
}

/** A probability as a percentage that never claims certainty: "98 %", "> 99.9 %". */
export function percent(probability: number | null): string {
  if (probability === null) {
    return '–';
  }
  if (probability > 0.999) {
    return '> 99.9 %';
  }
  if (probability < 0.001) {
    return '< 0.1 %';
  }
  const hundred = 100 * probability;
  return `${hundred > 99 || hundred < 1 ? hundred.toFixed(1) : Math.round(hundred)} %`;
}
