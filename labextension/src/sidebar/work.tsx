import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { duration, paceWords } from '../kernels/words';
import type { IRecent, IRunning, SidebarModel } from './model';

/** As many as leave the trial ledger in sight. */
const FIRST_RESULTS = 3;

interface IProps {
  model: SidebarModel;
  trans: TranslationBundle;
}

/** The jobs of all open kernels, each with Cancel. */
export function RunningSection({ model, trans }: IProps): React.ReactElement {
  const { running } = model;
  if (running.length === 0) {
    return (
      <p className="jp-SpreadlabSidebar-empty">
        {trans.__('Nothing runs. Scans, fits and backtests appear here.')}
      </p>
    );
  }
  return (
    <ul className="jp-SpreadlabSidebar-list">
      {running.map(job => (
        <Running
          key={`${job.kernel.link.kernel.id} ${job.job}`}
          {...{ job, model, trans }}
        />
      ))}
    </ul>
  );
}

function Running({
  job,
  model,
  trans
}: IProps & { job: IRunning }): React.ReactElement {
  const percent = Math.floor(100 * job.fraction);
  const where = model.nameOf(job.kernel);
  const gentle = job.kernel.link.cancelsGently;
  return (
    <li className="jp-SpreadlabSidebar-job">
      <div className="jp-SpreadlabSidebar-line">
        <strong>{job.task}</strong>
        <span title={job.engine}>{where}</span>
      </div>
      <progress
        max={1}
        value={job.fraction}
        aria-label={trans.__('%1 in %2', job.task, where)}
      />
      <div className="jp-SpreadlabSidebar-line">
        <span>
          {[`${percent} %`, paceWords(job, trans)].filter(Boolean).join(' · ')}
        </span>
        <button
          type="button"
          className="jp-SpreadlabSidebar-button"
          aria-label={trans.__('Cancel %1 in %2', job.task, where)}
          title={
            gentle
              ? trans.__('Cancel this; the kernel goes on')
              : trans.__(
                  'This kernel hears nothing while a cell runs: its cell is interrupted'
                )
          }
          disabled={job.isStopping}
          onClick={() => void model.cancel(job)}
        >
          {job.isStopping ? trans.__('Cancelling…') : trans.__('Cancel')}
        </button>
      </div>
    </li>
  );
}

/** What ended last, each to be opened in a cell or in the Workbench. */
export function RecentSection({ model, trans }: IProps): React.ReactElement {
  const { recent } = model;
  const [all, showAll] = React.useState(false);
  if (recent.length === 0) {
    return (
      <p className="jp-SpreadlabSidebar-empty">
        {trans.__('No results in the open notebooks yet.')}
      </p>
    );
  }
  const shown = all ? recent : recent.slice(0, FIRST_RESULTS);
  return (
    <>
      <ul className="jp-SpreadlabSidebar-list">
        {shown.map(result => (
          <Recent
            key={`${result.kernel.link.kernel.id} ${result.result}`}
            {...{ result, model, trans }}
          />
        ))}
      </ul>
      {recent.length > FIRST_RESULTS && (
        <button
          type="button"
          className="jp-SpreadlabSidebar-button"
          aria-expanded={all}
          onClick={() => {
            showAll(!all);
          }}
        >
          {all
            ? trans.__('Show fewer')
            : trans.__('Show all %1', String(recent.length))}
        </button>
      )}
    </>
  );
}

function Recent({
  result,
  model,
  trans
}: IProps & { result: IRecent }): React.ReactElement {
  const { task, words, name, state } = result;
  const lost = trans.__('No variable and no output holds this any more');
  return (
    <li className="jp-SpreadlabSidebar-result" data-state={state}>
      <div className="jp-SpreadlabSidebar-line">
        <strong>{name === null ? task : `${task}: ${name}`}</strong>
        <span>{duration(result.seconds)}</span>
      </div>
      <p title={name === null ? `${words}\n${lost}` : words}>
        {state === 'done' ? words : `${state}: ${words}`}
      </p>
      {state === 'done' && (name !== null || result.scan) && (
        <div className="jp-SpreadlabSidebar-buttons">
          {name !== null && (
            <button
              type="button"
              className="jp-SpreadlabSidebar-button"
              aria-label={trans.__('Show %1 in a cell', name)}
              title={trans.__('Show this in a new cell')}
              onClick={() => void model.show(result, 'cell')}
            >
              {trans.__('Show')}
            </button>
          )}
          {result.scan && (
            <button
              type="button"
              className="jp-SpreadlabSidebar-button"
              aria-label={trans.__(
                'Open the prices of %1 in the Workbench',
                name ?? task
              )}
              onClick={() => void model.show(result, 'workbench')}
            >
              {trans.__('Workbench')}
            </button>
          )}
        </div>
      )}
    </li>
  );
}
