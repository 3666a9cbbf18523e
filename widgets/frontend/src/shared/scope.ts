import type { Cleanup } from './dom';

/** What views stand in together: a key pressed in one part may be meant for another. */
const SCOPE = '.jp-SpreadlabWorkbench, .jp-SpreadlabSelector';
const TYPING = 'input[type="text"], input[type="search"], textarea, select';

/**
 * Hear the keys that are pressed anywhere in the widget that a view is part of.
 *
 * Not those that are typed into a field, nor those pressed with Ctrl, Alt or Meta.
 */
export function onScopeKey(
  root: HTMLElement,
  cleanup: Cleanup,
  handler: (event: KeyboardEvent) => void
): void {
  const listen = (event: KeyboardEvent): void => {
    const target = event.target;
    if (
      !(target instanceof Element) ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      target.closest(TYPING) !== null
    ) {
      return;
    }
    const scope = root.closest(SCOPE) ?? root;
    if (scope.contains(target)) {
      handler(event);
    }
  };
  document.addEventListener('keydown', listen);
  cleanup.add(() => {
    document.removeEventListener('keydown', listen);
  });
}
