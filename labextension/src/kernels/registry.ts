import type { ISessionContext } from '@jupyterlab/apputils';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import { KernelLink } from './link';

const WATCH_MILLISECONDS = 60_000;

/** An open kernel that runs spreadlab. */
export interface IOpenKernel {
  readonly session: ISessionContext;
  readonly link: KernelLink;
}

/** The kernels of this page, and what they tell of spreadlab. */
export interface IKernelLinks {
  /** The open kernels that have imported spreadlab, each once. */
  readonly open: readonly IOpenKernel[];
  /** Emitted when a kernel came, went, or told something new. */
  readonly changed: ISignal<IKernelLinks, void>;
  /** The link to a session's kernel; null while it has none. */
  find(session: ISessionContext | null): KernelLink | null;
  /** Follow the kernels of a session until it is disposed. */
  follow(session: ISessionContext): void;
}

export const IKernelLinks = new Token<IKernelLinks>(
  'spreadlab:IKernelLinks',
  'The open kernels that run spreadlab: their engine, jobs and results.'
);

export class KernelLinks implements IKernelLinks, IDisposable {
  constructor() {
    // While the page is hidden nobody looks, and no kernel is asked to look for us.
    this._poll = new Poll({
      name: 'spreadlab:kernels',
      standby: 'when-hidden',
      frequency: {
        interval: WATCH_MILLISECONDS,
        backoff: false,
        max: WATCH_MILLISECONDS
      },
      factory: () => this._watchAll()
    });
    document.addEventListener('visibilitychange', this._look);
  }

  get open(): readonly IOpenKernel[] {
    const seen = new Set<string>();
    return [...this._links]
      .map(([session, link]) => ({ session, link }))
      .filter(({ link }) => {
        const isNew = link.state !== null && !seen.has(link.kernel.id);
        seen.add(link.kernel.id);
        return isNew;
      });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    if (!this.isDisposed) {
      document.removeEventListener('visibilitychange', this._look);
      this._poll.dispose();
      for (const link of this._links.values()) {
        link.dispose();
      }
      Signal.clearData(this);
    }
  }

  find(session: ISessionContext | null): KernelLink | null {
    return session === null ? null : (this._links.get(session) ?? null);
  }

  follow(session: ISessionContext): void {
    if (this._followed.has(session)) {
      return;
    }
    this._followed.add(session);
    session.kernelChanged.connect(this._meet, this);
    session.disposed.connect(this._leave, this);
    this._meet(session);
  }

  private _meet(session: ISessionContext): void {
    const kernel = session.session?.kernel ?? null;
    const old = this._links.get(session);
    if (old?.kernel === kernel) {
      return;
    }
    this._links.delete(session);
    old?.dispose();
    if (kernel !== null) {
      const link = new KernelLink(kernel);
      let address = '';
      link.changed.connect(() => {
        const now = link.state?.engine.address ?? '';
        if (now !== address) {
          address = now;
          this._look();
        }
        this._changed.emit();
      });
      this._links.set(session, link);
    }
    this._changed.emit();
  }

  private _leave(session: ISessionContext): void {
    this._links.get(session)?.dispose();
    this._links.delete(session);
    this._followed.delete(session);
    session.kernelChanged.disconnect(this._meet, this);
    session.disposed.disconnect(this._leave, this);
    this._changed.emit();
  }

  private async _watchAll(): Promise<void> {
    await Promise.all(
      this.open
        .filter(({ link }) => link.wantsWatching)
        .map(({ link }) => link.watch())
    );
  }

  private readonly _look = (): void => {
    if (document.visibilityState === 'visible') {
      void this._poll.refresh();
    }
  };

  private readonly _poll: Poll;
  private readonly _links = new Map<ISessionContext, KernelLink>();
  private readonly _followed = new Set<ISessionContext>();
  private readonly _changed = new Signal<this, void>(this);
}
