import type { AnyModel } from '@anywidget/types';

import type { Cleanup } from './dom';

/** Listen to a trait until the view goes away. */
export function onTrait<T extends object>(
  model: AnyModel<T>,
  cleanup: Cleanup,
  name: keyof T & string,
  handler: () => void
): void {
  const event = `change:${name}` as const;
  model.on(event, handler);
  cleanup.add(() => {
    model.off(event, handler);
  });
}

/** Once for a message of the kernel, however many of these traits it brings. */
export function onAnyTrait<T extends object>(
  model: AnyModel<T>,
  cleanup: Cleanup,
  names: readonly (keyof T & string)[],
  handler: () => void
): void {
  let moved = false;
  for (const name of names) {
    onTrait(model, cleanup, name, () => {
      moved = true;
    });
  }
  const whole = (): void => {
    if (moved) {
      moved = false;
      handler();
    }
  };
  model.on('change', whole);
  cleanup.add(() => {
    model.off('change', whole);
  });
}
