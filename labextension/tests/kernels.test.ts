import type { Kernel } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';

import { ask } from '../src/kernels/ask';
import { KernelLink } from '../src/kernels/link';
import { type IKernelState, readState, TELL } from '../src/kernels/protocol';
import { duration, engineWords, paceWords } from '../src/kernels/words';

const trans = nullTranslator.load('spreadlab');
const STATE: IKernelState = {
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
class FakeKernel {
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
      done: Promise.resolve().then(() => {
        if (message.header.msg_type === 'comm_open') {
          future.onIOPub(commMessage('another', {}));
          future.onIOPub(commMessage(message.content.comm_id, this.answer));
        }
      })
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

function commMessage(id: string, data: object): object {
  return {
    channel: 'iopub',
    header: { msg_type: 'comm_msg' },
    content: { comm_id: id, data }
  };
}

describe('ask', () => {
  it('asks a kernel that is idle on its main shell, and closes the comm', async () => {
    const kernel = new FakeKernel();
    expect(await ask(kernel.asKernel, 'cancel', { job: 3 }, true)).toEqual({
      cancelled: 1
    });
    const [open, close] = kernel.sent;
    expect(open!.content.data).toEqual({ kind: 'cancel', job: 3 });
    expect(open!.content.target_name).toBe('spreadlab.ask');
    expect(close!.header.msg_type).toBe('comm_close');
    expect(close!.content.comm_id).toBe(open!.content.comm_id);
    expect(kernel.acts).toEqual([]);
  });

  it('asks a kernel whose cell runs in a subshell, which ends with the answer', async () => {
    const kernel = new FakeKernel();
    kernel.status = 'busy';
    await ask(kernel.asKernel, 'cancel', { job: 3 }, true);
    expect(kernel.sent.map(({ header }) => header.subshell_id)).toEqual([
      'shell-1',
      'shell-1'
    ]);
    expect(kernel.acts).toEqual(['create', 'delete shell-1']);
  });

  it('waits for the cell where nobody waits for the answer', async () => {
    const kernel = new FakeKernel();
    kernel.status = 'busy';
    await ask(kernel.asKernel, 'ledger', {}, false);
    expect(kernel.acts).toEqual([]);
  });

  it('throws what the kernel says is wrong', async () => {
    const kernel = new FakeKernel();
    kernel.status = 'busy';
    kernel.answer = { error: 'no such job' };
    await expect(
      ask(kernel.asKernel, 'cancel', { job: 3 }, true)
    ).rejects.toThrow('no such job');
    expect(kernel.acts).toEqual(['create', 'delete shell-1']);
  });
});

describe('KernelLink', () => {
  it('asks nothing of a kernel without spreadlab', async () => {
    const kernel = new FakeKernel();
    const link = new KernelLink(kernel.asKernel);
    await flush();
    expect(kernel.sent).toEqual([]);
    expect(link.state).toBeNull();
  });

  it('meets a kernel that is older than the page', async () => {
    const kernel = new FakeKernel();
    kernel.comms = { [TELL]: { target_name: TELL } };
    kernel.answer = { state: STATE };
    const link = new KernelLink(kernel.asKernel);
    await flush();
    expect(kernel.sent[0]!.content.data).toMatchObject({ kind: 'watch' });
    expect(link.state).toEqual(STATE);
  });

  it('knows what was told last, and forgets it when the kernel restarts', () => {
    const kernel = new FakeKernel();
    const link = new KernelLink(kernel.asKernel);
    let changes = 0;
    link.changed.connect(() => changes++);
    kernel.tell(STATE);
    expect(link.state).toEqual(STATE);
    kernel.iopubMessage.emit(commMessage('another', {}));
    expect(changes).toBe(1);
    kernel.statusChanged.emit('restarting');
    expect(link.state).toBeNull();
    link.dispose();
    expect(kernel.acts).toEqual([`target ${TELL}`, `no target ${TELL}`]);
  });

  it.each([
    [true, []],
    [false, ['interrupt']]
  ])('cancels with subshells %s', async (supportsSubshells, interrupts) => {
    const kernel = new FakeKernel();
    const link = new KernelLink(kernel.asKernel);
    await flush();
    kernel.status = 'busy';
    kernel.supportsSubshells = supportsSubshells;
    expect(link.cancelsGently).toBe(supportsSubshells);
    await link.cancel(7);
    expect(kernel.acts.filter(act => act === 'interrupt')).toEqual(interrupts);
    expect(kernel.sent[0]!.content.data).toEqual({ kind: 'cancel', job: 7 });
  });

  it('wants to be watched where another machine has to be asked', () => {
    const kernel = new FakeKernel();
    const link = new KernelLink(kernel.asKernel);
    expect(link.wantsWatching).toBe(false);
    kernel.tell(STATE);
    expect(link.wantsWatching).toBe(false);
    const engine = { ...STATE.engine, kind: 'remote' };
    kernel.tell({ ...STATE, engine });
    expect(link.wantsWatching).toBe(true);
    kernel.tell({ ...STATE, engine: { ...engine, state: 'unused' } });
    expect(link.wantsWatching).toBe(false);
  });
});

describe('readState', () => {
  it.each([null, {}, { version: 1 }, { ...STATE, jobs: 'none' }])(
    'is null for %j',
    data => {
      expect(readState(data)).toBeNull();
    }
  );
});

describe('words', () => {
  const remote = {
    ...STATE.engine,
    address: 'grpcs://desk:50051',
    kind: 'remote' as const
  };

  it.each([
    [STATE.engine, 'local · 2 threads'],
    [{ ...STATE.engine, threads: 1 }, 'local · 1 thread'],
    [remote, 'desk:50051 · connected'],
    [{ ...remote, milliseconds: 3.14 }, 'desk:50051 · 3.1 ms'],
    [{ ...remote, milliseconds: 42.4 }, 'desk:50051 · 42 ms'],
    [{ ...remote, state: 'offline' as const }, 'desk:50051 · offline'],
    [{ ...remote, state: 'unused' as const }, 'desk:50051 · not connected yet'],
    [{ ...remote, connecting: 'dask://box:8786' }, 'connecting to box:8786']
  ])('of an engine: %#', (engine, words) => {
    expect(engineWords(engine, trans)).toBe(words);
  });

  it('of a pace', () => {
    const job = { job: 1, task: 'pair scan', engine: 'local', done: 1 };
    const full = { ...job, planned: 9, fraction: 0.1, seconds: 2 };
    expect(paceWords({ ...full, rate: null, left: null }, trans)).toBe('');
    expect(paceWords({ ...full, rate: 27.3, left: 10.1 }, trans)).toBe(
      '27.3 tiles/s · 10 s left'
    );
    expect([9.6, 100, 5401, 7500].map(duration)).toEqual([
      '10 s',
      '2 min',
      '1 h 30 min',
      '2 h 5 min'
    ]);
  });
});

/** Let what was promised happen. */
async function flush(): Promise<void> {
  for (let step = 0; step < 20; step++) {
    await Promise.resolve();
  }
}
