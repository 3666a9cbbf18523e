import type { ISessionContext } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { VDomModel } from '@jupyterlab/ui-components';
import { Debouncer } from '@lumino/polling';

import type { IKernelLinks, IOpenKernel, KernelLink } from '../kernels';
import type { IJob, ILedger, IResult } from '../kernels/protocol';
import type { IEngineProfile, ISettingsModel } from '../settings';

/** What the sidebar needs of the notebooks of the page. */
export interface INotebooks {
  current: () => NotebookPanel | null;
  /** The notebook of a session; null if it belongs to something else. */
  of: (session: ISessionContext) => NotebookPanel | null;
  insert: (panel: NotebookPanel, code: string) => Promise<void>;
}

export interface IRunning extends IJob {
  kernel: IOpenKernel;
  isStopping: boolean;
}

export interface IRecent extends IResult {
  kernel: IOpenKernel;
}

/** The trial ledger, or how far it is from being known. */
export type LedgerState =
  | { kind: 'empty' | 'loading' }
  | { kind: 'failed'; problem: string }
  | { kind: 'known'; ledger: ILedger };

/** This machine, which needs no profile. */
export const LOCAL: IEngineProfile = {
  name: '',
  address: 'local',
  caFile: '',
  certFile: '',
  keyFile: '',
  tokenFile: ''
};
const QUIET_MILLISECONDS = 400;

/** What the sidebar shows, and what its buttons do. */
export class SidebarModel extends VDomModel {
  constructor(
    private readonly _links: IKernelLinks,
    private readonly _notebooks: INotebooks,
    private readonly _settings: ISettingsModel
  ) {
    super();
    _links.changed.connect(this._follow, this);
    _settings.changed.connect(this._follow, this);
  }

  override dispose(): void {
    this._links.changed.disconnect(this._follow, this);
    this._settings.changed.disconnect(this._follow, this);
    this._reload.dispose();
    super.dispose();
  }

  get notebook(): NotebookPanel | null {
    return this._notebooks.current();
  }

  /** The link to the kernel of the notebook in front; null while there is none. */
  get link(): KernelLink | null {
    return this._links.find(this.notebook?.sessionContext ?? null);
  }

  get profiles(): readonly IEngineProfile[] {
    return this._settings.settings.engineProfiles;
  }

  get running(): IRunning[] {
    return this._links.open.flatMap(kernel =>
      kernel.link.state!.jobs.map(job => ({
        ...job,
        kernel,
        isStopping: this._stopping.has(keyOf(kernel, job.job))
      }))
    );
  }

  /** The latest results of all notebooks, the latest first; a workbench shows its own. */
  get recent(): IRecent[] {
    return this._links.open
      .filter(({ session }) => this._notebooks.of(session) !== null)
      .flatMap(kernel =>
        kernel.link.state!.results.map(result => ({ ...result, kernel }))
      )
      .sort((a, b) => b.at - a.at);
  }

  /** What went wrong with the last button that was pressed; empty when all is well. */
  get problem(): string {
    return this._problem;
  }

  get ledger(): LedgerState {
    return this._ledger;
  }

  /** Whether somebody looks: the ledger is read only then. */
  set isVisible(visible: boolean) {
    this._isVisible = visible;
    if (visible) {
      this._follow();
    }
  }

  /** What a kernel is called: its notebook's name, or its session's. */
  nameOf({ session }: IOpenKernel): string {
    return this._notebooks.of(session)?.title.label ?? session.name;
  }

  async connect(profile: IEngineProfile): Promise<void> {
    await this._do(async () => {
      await this.link?.ask('connect', { profile: { ...profile } });
    });
  }

  async cancel({ kernel, job }: IRunning): Promise<void> {
    const key = keyOf(kernel, job);
    this._stopping.add(key);
    this.stateChanged.emit();
    await this._do(() => kernel.link.cancel(job));
    if (this._problem !== '') {
      this._stopping.delete(key);
      this.stateChanged.emit();
    }
  }

  /** Show a result, or the prices of it in the Workbench, in a new cell of its notebook. */
  async show(
    { kernel, result }: IRecent,
    where: 'cell' | 'workbench'
  ): Promise<void> {
    await this._do(async () => {
      const { code } = await kernel.link.ask('code', { result, where });
      await this._insert(kernel.session, code);
    });
  }

  /** Show the trials of a study in a new cell of the notebook that the ledger was read through. */
  async showStudy(study: string): Promise<void> {
    await this._do(async () => {
      const kernel = this._reader();
      if (kernel !== null) {
        await this._insert(
          kernel.session,
          `import spreadlab as sl\n\nsl.ledger.to_frame(${JSON.stringify(study)})`
        );
      }
    });
  }

  /** Read the ledger through the kernel in front, or any other that runs spreadlab. */
  async readLedger(): Promise<void> {
    const reader = this._reader();
    if (reader === null) {
      this._show({ kind: 'empty' });
      return;
    }
    if (this._ledger.kind !== 'known') {
      this._show({ kind: 'loading' });
    }
    try {
      this._show({
        kind: 'known',
        ledger: await reader.link.ask('ledger', {}, false)
      });
    } catch (error) {
      this._show({ kind: 'failed', problem: messageOf(error) });
    }
  }

  /** The notebook in front changed. */
  refresh(): void {
    this._follow();
  }

  private _follow(): void {
    const there = new Set(
      this.running.map(({ kernel, job }) => keyOf(kernel, job))
    );
    this._stopping = new Set([...this._stopping].filter(key => there.has(key)));
    this.stateChanged.emit();
    const seen = this._trialsSeen();
    if (this._isVisible && seen !== this._seen) {
      this._seen = seen;
      void this._reload.invoke();
    }
  }

  /** What the ledger depends on: whom we ask, and what has ended there. */
  private _trialsSeen(): string {
    const reader = this._reader();
    const ended = this.recent.map(({ kernel, result }) =>
      keyOf(kernel, result)
    );
    return [reader?.link.kernel.id ?? '', ...ended].join(' ');
  }

  private _reader(): IOpenKernel | null {
    const { open } = this._links;
    const id = this.link?.kernel.id;
    return open.find(({ link }) => link.kernel.id === id) ?? open[0] ?? null;
  }

  private async _insert(session: ISessionContext, code: string): Promise<void> {
    const panel = this._notebooks.of(session);
    if (panel === null) {
      throw new Error('No open notebook belongs to this kernel.');
    }
    await this._notebooks.insert(panel, code);
  }

  /** Do what a button is for; what goes wrong is shown. */
  private async _do(action: () => Promise<void>): Promise<void> {
    this._problem = '';
    try {
      await action();
    } catch (error) {
      this._problem = messageOf(error);
    }
    this.stateChanged.emit();
  }

  private _show(ledger: LedgerState): void {
    this._ledger = ledger;
    this.stateChanged.emit();
  }

  private _problem = '';
  private _ledger: LedgerState = { kind: 'empty' };
  private _stopping = new Set<string>();
  private _isVisible = false;
  private _seen = '';
  private readonly _reload = new Debouncer(
    () => this.readLedger(),
    QUIET_MILLISECONDS
  );
}

function keyOf({ link }: IOpenKernel, job: number): string {
  return `${link.kernel.id}#${job}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
