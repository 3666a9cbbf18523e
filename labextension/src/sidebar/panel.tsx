import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { pairsIcon } from '../icons';
import { EngineSection } from './engine';
import { LedgerSection } from './ledger';
import type { SidebarModel } from './model';
import { RecentSection, RunningSection } from './work';

export const SIDEBAR_ID = 'spreadlab-sidebar';

export interface IActions {
  openSettings: () => void;
  insertImport: () => void;
}

/** The left sidebar: engine, what runs, what came of it, and how much was tried. */
export class Sidebar extends VDomRenderer<SidebarModel> {
  constructor(
    model: SidebarModel,
    private readonly _actions: IActions,
    private readonly _trans: TranslationBundle
  ) {
    super(model);
    this.id = SIDEBAR_ID;
    this.addClass('jp-SpreadlabSidebar');
    this.title.icon = pairsIcon;
    this.title.caption = _trans.__('Pairs research');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('Pairs research'));
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.model.isVisible = true;
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.model.isVisible = false;
  }

  protected render(): React.ReactElement {
    const { model, _trans: trans } = this;
    const props = { model, trans };
    const name = model.notebook?.title.label;
    return (
      <>
        {model.problem !== '' && (
          <p className="jp-SpreadlabSidebar-problem" role="alert">
            {model.problem}
          </p>
        )}
        <Section
          title={
            name === undefined
              ? trans.__('Engine')
              : trans.__('Engine of %1', name)
          }
        >
          <EngineSection {...props} {...this._actions} />
        </Section>
        <Section title={trans.__('Running')}>
          <RunningSection {...props} />
        </Section>
        <Section title={trans.__('Recent results')}>
          <RecentSection {...props} />
        </Section>
        <Section title={trans.__('Trial ledger')}>
          <LedgerSection {...props} />
        </Section>
      </>
    );
  }
}

function Section({
  title,
  children
}: React.PropsWithChildren<{ title: string }>): React.ReactElement {
  const id = React.useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
