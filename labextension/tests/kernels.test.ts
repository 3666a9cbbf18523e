import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';

import { ask } from '../src/kernels/ask';
import { KernelLink } from '../src/kernels/link';
import { readState, TELL } from '../src/kernels/protocol';
import { duration, engineWords, paceWords } from '../src/kernels/words';
import { commMessage, FakeKernel, STATE } from './fakeKernel';

const trans = nullTranslator.load('spreadlab');

describe('ask', () => {
  it('asks in a subshell, which ends with the answer, and closes the comm', async () => {
    const kernel = new FakeKernel();
    kernel.block(); // though it calls itself idle
    expect(await ask(kernel.asKernel, 'cancel', { job: 3 }, true)).toEqual({
      cancelled: 1
    });
    const [open, close] = kernel.sent;
    expect(open!.content.data).toEqual({ kind: 'cancel', job: 3 });
    expect(open!.content.target_name).toBe('spreadlab.ask');
    expect(close!.header.msg_type).toBe('comm_close');
    expect(close!.content.comm_id).toBe(open!.content.comm_id);
    expect(kernel.sent.map(({ header }) => header.subshell_id)).toEqual([
      'shell-1',
      'shell-1'
    ]);
    expect(kernel.acts).toEqual(['create', 'delete shell-1']);
  });

  it('asks on the main shell where there are no subshells', async () => {
    const kernel = new FakeKernel();
    kernel.supportsSubshells = false;
    await ask(kernel.asKernel, 'ledger', {}, true);
    expect(kernel.acts).toEqual([]);
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

  it('interrupts a cell that blocks a kernel which calls itself idle', async () => {
    vi.useFakeTimers();
    const kernel = new FakeKernel();
    kernel.supportsSubshells = false;
    const link = new KernelLink(kernel.asKernel);
    kernel.block();
    const cancelled = link.cancel(7);
    await vi.advanceTimersByTimeAsync(500);
    expect(kernel.acts).not.toContain('interrupt');
    await vi.advanceTimersByTimeAsync(1000);
    await cancelled;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kernel.acts.filter(act => act === 'interrupt')).toHaveLength(1);
    vi.useRealTimers();
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
  it('keeps the news that an answer from before arrives after', async () => {
    const kernel = new FakeKernel();
    const link = new KernelLink(kernel.asKernel);
    const connecting = { ...STATE.engine, connecting: 'local' };
    kernel.answer = { state: { ...STATE, number: 2, engine: connecting } };
    kernel.tell({ ...STATE, number: 3 });
    await link.ask('connect', { profile: {} });
    expect(link.state!.engine.connecting).toBeNull();
    // A kernel that starts again counts from the start.
    kernel.statusChanged.emit('restarting');
    kernel.tell(STATE);
    expect(link.state).toEqual(STATE);
  });

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
    expect([0.3, 9.6, 100, 5401, 7500].map(duration)).toEqual([
      '< 1 s',
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
