import type { AnyModel } from '@anywidget/types';

type Handler = (...args: unknown[]) => void;

/** A model without a kernel: what a view sets, sends and hears. */
export class FakeModel<T extends object> {
  readonly sent: Record<string, unknown>[] = [];
  readonly state: T;
  saves = 0;
  private readonly handlers = new Map<string, Set<Handler>>();

  constructor(state: T) {
    this.state = { ...state };
  }

  get<K extends keyof T>(name: K): T[K] {
    return this.state[name];
  }

  set<K extends keyof T>(name: K, value: T[K]): void {
    this.receiveState({ [name]: value } as unknown as Partial<T>);
  }

  save_changes(): void {
    this.saves += 1;
  }

  send(content: Record<string, unknown>): void {
    this.sent.push(content);
  }

  on(event: string, handler: Handler): void {
    const known = this.handlers.get(event) ?? new Set<Handler>();
    this.handlers.set(event, known.add(handler));
  }

  off(event: string, handler: Handler): void {
    this.handlers.get(event)?.delete(handler);
  }

  /** A change that comes from the kernel. */
  update<K extends keyof T>(name: K, value: T[K]): void {
    this.set(name, value);
  }

  /** A message of the kernel with several traits: one event each, then one of all. */
  receiveState(state: Partial<T>): void {
    const moved = (Object.keys(state) as (keyof T)[]).filter(
      name => this.state[name] !== state[name]
    );
    Object.assign(this.state, state);
    for (const name of moved) {
      this.fire(`change:${String(name)}`);
    }
    if (moved.length > 0) {
      this.fire('change');
    }
  }

  /** A message that comes from the kernel, with the bytes beside it. */
  receive(content: unknown, buffers: readonly DataView[] = []): void {
    this.fire('msg:custom', content, buffers);
  }

  listeners(): number {
    return [...this.handlers.values()].reduce((sum, set) => sum + set.size, 0);
  }

  asModel(): AnyModel<T> {
    return this as unknown as AnyModel<T>;
  }

  private fire(event: string, ...args: unknown[]): void {
    for (const handler of this.handlers.get(event) ?? []) {
      handler(...args);
    }
  }
}
