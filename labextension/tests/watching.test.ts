// @vitest-environment jsdom
import type { ISessionContext } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { KernelLinks } from '../src/kernels/registry';
import { FakeKernel, STATE } from './fakeKernel';

const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
  show('visible');
});

afterEach(() => {
  vi.useRealTimers();
});

/** Take the page to the front, or to where nobody sees it. */
function show(state: DocumentVisibilityState): void {
  Object.defineProperty(document, 'visibilityState', {
    configurable: true,
    get: () => state
  });
  document.dispatchEvent(new Event('visibilitychange'));
}

function sessionOf(kernel: FakeKernel): ISessionContext {
  const session = { session: { kernel } } as unknown as ISessionContext;
  return Object.assign(session, {
    kernelChanged: new Signal(session),
    disposed: new Signal(session)
  });
}

it('asks a remote engine while somebody looks, and no kernel while the page is hidden', async () => {
  const kernel = new FakeKernel();
  kernel.answer = {};
  const asked = () =>
    kernel.sent.filter(({ header }) => header.msg_type === 'comm_open').length;
  const links = new KernelLinks();
  links.follow(sessionOf(kernel));
  kernel.tell({
    ...STATE,
    engine: { ...STATE.engine, kind: 'remote', address: 'grpc://desk:50051' }
  });
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(asked()).toBeGreaterThanOrEqual(3);

  show('hidden');
  await vi.advanceTimersByTimeAsync(2 * MINUTE); // a question that was due may still go out
  const before = asked();
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  expect(asked()).toBe(before);

  show('visible');
  await vi.advanceTimersByTimeAsync(1);
  expect(asked()).toBe(before + 1);
  links.dispose();
});

it('follows a kernel to the next one, and counts one that two tabs share once', () => {
  const links = new KernelLinks();
  const kernel = new FakeKernel();
  const [first, second] = [sessionOf(kernel), sessionOf(kernel)];
  links.follow(first);
  links.follow(second);
  kernel.tell(STATE);
  expect(links.open.map(({ session }) => session)).toEqual([first]);

  const next = new FakeKernel();
  (first.session as unknown as { kernel: FakeKernel }).kernel = next;
  (first.kernelChanged as unknown as Signal<unknown, object>).emit({});
  expect(links.find(first)?.kernel).toBe(next);
  expect(links.open.map(({ session }) => session)).toEqual([second]);
  links.dispose();
  expect(links.isDisposed).toBe(true);
});
