import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { type IKernelState, TELL } from '../src/kernels/protocol';

export const STATE: IKernelState = {
  number: 1,
  version: '0.1.0',
  engine: {
    address: 'local',
    kind: 'local',
    threads: 2,
    state: 'ready',
    milliseconds: null,
    problem: '',
    connecting: null
  },
  jobs: [],
  results: []
};

interface ISent {
  header: { msg_type: string; subshell_id?: string | null };
  content: { comm_id: string; target_name?: string; data: object };
}

/** A kernel that answers every question as it is told to. */
export class FakeKernel {
  status: Kernel.Status = 'idle';
  supportsSubshells = true;
  isDisposed = false;
  username = 'u';
  clientId = 'c';
  readonly info = Promise.resolve({ language_info: { name: 'python' } });
  readonly sent: ISent[] = [];
  readonly acts: string[] = [];
  readonly iopubMessage = new Signal<this, object>(this);
  readonly statusChanged = new Signal<this, Kernel.Status>(this);
  readonly disposed = new Signal<this, void>(this);
  answer: object = { cancelled: 1 };
  comms: Record<string, object> = {};
  /** What the main shell waits for before it answers: a cell that runs, until an interrupt. */
  cell: Promise<void> = Promise.resolve();
  private _endCell: () => void = () => undefined;

  /** Start a cell that only an interrupt ends; the status need not tell of it. */
  block(): void {
    this.cell = new Promise(resolve => {
      this._endCell = resolve;
    });
  }

  registerCommTarget(name: string): void {
    this.acts.push(`target ${name}`);
  }

  removeCommTarget(name: string): void {
    this.acts.push(`no target ${name}`);
  }

  requestCommInfo(): Promise<object> {
    return Promise.resolve({ content: { status: 'ok', comms: this.comms } });
  }

  interrupt(): Promise<void> {
    this.acts.push('interrupt');
    this.status = 'idle';
    this._endCell();
    return Promise.resolve();
  }

  requestCreateSubshell(): object {
    this.acts.push('create');
    return { done: Promise.resolve({ content: { subshell_id: 'shell-1' } }) };
  }

  requestDeleteSubshell({ subshell_id }: { subshell_id: string }): object {
    this.acts.push(`delete ${subshell_id}`);
    return { done: Promise.resolve() };
  }

  sendShellMessage(message: ISent): object {
    this.sent.push(message);
    const future = {
      onIOPub: nothing,
      done: (message.header.subshell_id ? Promise.resolve() : this.cell).then(
        () => {
          if (message.header.msg_type === 'comm_open') {
            future.onIOPub(commMessage('another', {}));
            future.onIOPub(commMessage(message.content.comm_id, this.answer));
          }
        }
      )
    };
    return future;
  }

  tell(data: object): void {
    this.iopubMessage.emit(commMessage(TELL, data));
  }

  get asKernel(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }
}

const nothing: (message: object) => void = () => undefined;

export function commMessage(id: string, data: object): object {
  return {
    channel: 'iopub',
    header: { msg_type: 'comm_msg' },
    content: { comm_id: id, data }
  };
}
