import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';

import { HANDSHAKE_TARGET, PluginIDs } from './tokens';
import { compareVersions, EXTENSION_VERSION, type IMismatch } from './version';

/**
 * A kernel that loads spreadlab opens a comm with its version; the extension answers with its own,
 * so that both sides know, and warns here when they differ.
 */
export const handshakePlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.handshake,
  description: 'Checks that kernel and extension are of one version.',
  autoStart: true,
  optional: [INotebookTracker, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    tracker: INotebookTracker | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('spreadlab');
    tracker?.widgetAdded.connect((_, panel) => {
      greet(panel.sessionContext.session?.kernel ?? null, trans);
      panel.sessionContext.kernelChanged.connect((_, { newValue }) => {
        greet(newValue, trans);
      });
    });
  }
};

/** Answer a kernel that says which spreadlab it runs. */
export function greet(
  kernel: Kernel.IKernelConnection | null,
  trans: TranslationBundle
): void {
  kernel?.registerCommTarget(HANDSHAKE_TARGET, (comm, message) => {
    comm.send({ version: EXTENSION_VERSION });
    const theirs = message.content.data['version'];
    if (typeof theirs === 'string') {
      const mismatch = compareVersions(theirs, EXTENSION_VERSION);
      if (mismatch !== null) {
        warn(mismatch, trans);
      }
    }
  });
}

function warn(mismatch: IMismatch, trans: TranslationBundle): void {
  const where =
    mismatch.older === 'kernel'
      ? trans.__("the kernel's environment, then restart the kernel")
      : trans.__('the environment of JupyterLab, then reload this page');
  Notification.warning(
    trans.__(
      'The kernel runs spreadlab %1, JupyterLab has the extension of %2. Run `%3` in %4.',
      mismatch.kernel,
      mismatch.extension,
      mismatch.command,
      where
    ),
    {
      autoClose: false,
      actions: [
        {
          label: trans.__('Copy command'),
          callback: () => {
            Clipboard.copyToSystem(mismatch.command);
          }
        }
      ]
    }
  );
}
