import type { AnyModel } from '@anywidget/types';

import type { Cleanup } from './dom';

/** Call a handler whenever one of some traits changes, until the view goes away. */
export function observe<T extends object>(
  model: AnyModel<T>,
  cleanup: Cleanup,
  names: readonly (keyof T & string)[],
  handler: () => void
): void {
  for (const name of names) {
    const event = `change:${name}` as const;
    model.on(event, handler);
    cleanup.add(() => {
      model.off(event, handler);
    });
  }
}
