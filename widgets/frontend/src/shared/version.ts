import type { AnyModel } from '@anywidget/types';

declare const __SPREADLAB_VERSION__: string;

/** Version of this bundle: written in by the build. */
export const VERSION: string = __SPREADLAB_VERSION__;

export interface VersionTraits {
  _version: string;
  _view_version: string;
}

/**
 * Tell the Python side which version draws it, and say what to do when the two differ.
 *
 * @returns a message for the reader, or null when the versions agree
 */
export function shakeHands(model: AnyModel<VersionTraits>): string | null {
  if (model.get('_view_version') !== VERSION) {
    model.set('_view_version', VERSION);
    model.save_changes();
  }
  return versionAdvice(model.get('_version'), VERSION);
}

export function versionAdvice(kernel: string, view: string): string | null {
  return kernel === view
    ? null
    : `This view is of spreadlab ${view}, the kernel runs ${kernel}. Run ` +
        `python -m pip install --force-reinstall "spreadlab[lab]==${kernel}", ` +
        `restart the kernel and reload this page.`;
}
