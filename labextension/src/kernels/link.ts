import { type Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { ask, hasSubshells } from './ask';
import {
  type IKernelState,
  type IQuestions,
  readState,
  TELL
} from './protocol';

const WATCH_SECONDS = 150;
const PATIENCE_MILLISECONDS = 1000;
const GONE: ReadonlySet<string> = new Set([
  'restarting',
  'autorestarting',
  'terminating',
  'dead'
]);

/**
 * What one kernel tells of spreadlab. A kernel that has not imported it tells nothing, and is asked
 * nothing but which comms it has.
 */
export class KernelLink implements IDisposable {
  constructor(readonly kernel: Kernel.IKernelConnection) {
    expectTelling(kernel);
    kernel.iopubMessage.connect(this._hear, this);
    kernel.statusChanged.connect(this._follow, this);
    kernel.disposed.connect(this.dispose, this);
    void this._meet();
  }

  /** What the kernel told last; null while it has not imported spreadlab. */
  get state(): IKernelState | null {
    return this._state;
  }

  /** Emitted when the state changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.kernel.iopubMessage.disconnect(this._hear, this);
    this.kernel.statusChanged.disconnect(this._follow, this);
    this.kernel.disposed.disconnect(this.dispose, this);
    if (!this.kernel.isDisposed) {
      this.kernel.removeCommTarget(TELL, nothing);
    }
    this._set(null);
    Signal.clearData(this);
  }

  /**
   * Ask the kernel something.
   *
   * @param urgent - whether somebody waits for the answer; see `ask`
   */
  async ask<K extends keyof IQuestions>(
    kind: K,
    question: IQuestions[K]['ask'],
    urgent = true
  ): Promise<IQuestions[K]['answer']> {
    const answer = await ask(this.kernel, kind, question, urgent);
    const state = readState((answer as { state?: unknown }).state);
    if (state !== null) {
      this._set(state);
    }
    return answer;
  }

  /** Whether a cancel reaches a job without an interrupt of the cell that runs now. */
  get cancelsGently(): boolean {
    return hasSubshells(this.kernel) || this.kernel.status === 'idle';
  }

  /** Cancel a job, though a cell may block the kernel: then by an interrupt, if nothing else goes. */
  async cancel(job: number): Promise<void> {
    if (hasSubshells(this.kernel)) {
      await this.ask('cancel', { job });
      return;
    }
    if (!this.cancelsGently) {
      await this.kernel.interrupt();
    }
    // A kernel that calls itself idle may have a cell that blocks it, see `ask`.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const interrupted = new Promise<never>((_, fail) => {
      timer = setTimeout(() => {
        this.kernel.interrupt().catch(fail);
      }, PATIENCE_MILLISECONDS);
    });
    try {
      await Promise.race([this.ask('cancel', { job }), interrupted]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Say that somebody looks, so that the kernel asks its engine now and then how it is. */
  async watch(): Promise<void> {
    if (this._watching) {
      return; // a kernel that a cell blocks has the last question still to answer
    }
    this._watching = true;
    try {
      await this.ask('watch', { seconds: WATCH_SECONDS }, false);
    } finally {
      this._watching = false;
    }
  }

  /** Whether there is an engine that has to be asked: this machine answers for itself. */
  get wantsWatching(): boolean {
    const engine = this._state?.engine;
    return (
      engine !== undefined &&
      engine.kind !== 'local' &&
      engine.state !== 'unused'
    );
  }

  /** Find out whether spreadlab is there already: the page may be younger than the kernel. */
  private async _meet(): Promise<void> {
    try {
      const { language_info } = await this.kernel.info;
      if (language_info.name !== 'python') {
        return;
      }
      const reply = await this.kernel.requestCommInfo({ target_name: TELL });
      if (reply.content.status === 'ok' && TELL in reply.content.comms) {
        await this.watch();
      }
    } catch (error) {
      // A kernel that ended while it was asked is met again when there is another one.
      if (!this.kernel.isDisposed && !GONE.has(this.kernel.status)) {
        throw error;
      }
    }
  }

  private _hear(_: unknown, message: KernelMessage.IIOPubMessage): void {
    if (KernelMessage.isCommMsgMsg(message)) {
      if (message.content.comm_id === TELL) {
        this._set(readState(message.content.data));
      }
    }
  }

  private _follow(_: unknown, status: Kernel.Status): void {
    if (GONE.has(status)) {
      this._set(null);
    }
  }

  private _set(state: IKernelState | null): void {
    const last = this._state;
    if (state !== null && last !== null && state.number < last.number) {
      return; // an answer that the news has overtaken
    }
    if (state !== null || this._state !== null) {
      this._state = state;
      this._changed.emit();
    }
  }

  private _state: IKernelState | null = null;
  private _isDisposed = false;
  private _watching = false;
  private readonly _changed = new Signal<this, void>(this);
}

/**
 * Let a kernel open the comm that it tells by. The state is read from the messages themselves, which
 * reach every connection; without a target JupyterLab would complain that there is none.
 */
export function expectTelling(kernel: Kernel.IKernelConnection | null): void {
  kernel?.registerCommTarget(TELL, nothing);
}

function nothing(): void {
  // What the kernel tells is read from its messages.
}
