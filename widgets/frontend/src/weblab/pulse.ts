import type { AnyModel } from '@anywidget/types';

import type { Cleanup } from '../shared/dom';

/** How often the kernel is asked whether it is there, and how long it may say nothing (ms). */
const ASK_INTERVAL = 10_000;
const PATIENCE = 60_000;

/** Asks the kernel whether it is still there, and tells once that it is not. */
export class Pulse {
  private asked = 0;
  private dead = false;

  constructor(
    private readonly model: Pick<AnyModel, 'send' | 'on' | 'off'>,
    private readonly cleanup: Cleanup,
    private readonly gone: () => void,
    private readonly now: () => number = () => performance.now()
  ) {}

  start(): void {
    const hear = (message: { kind: string }): void => {
      if (message.kind === 'alive') {
        this.asked = 0;
      }
    };
    this.model.on('msg:custom', hear);
    const timer = setInterval(() => {
      this.beat();
    }, ASK_INTERVAL);
    this.cleanup.add(() => {
      this.model.off('msg:custom', hear);
      clearInterval(timer);
    });
  }

  /** A page that sleeps asks nothing, so that its first look finds no silence of hours. */
  private beat(): void {
    if (this.dead) {
      return;
    }
    if (this.asked === 0) {
      this.asked = this.now();
      this.model.send({ kind: 'alive' });
    } else if (this.now() - this.asked > PATIENCE) {
      this.dead = true;
      this.gone();
    }
  }
}
