import type { TranslationBundle } from '@jupyterlab/translation';

import { EXTENSION_VERSION, pipCommand } from '../version';

/** Why a panel shows nothing, and what helps. */
export interface IFailure {
  title: string;
  /** What happened, in one or two sentences. */
  message: string;
  /** To be run in a terminal; null if no command helps. */
  command: string | null;
  /** What a developer wants to see; empty for nothing. */
  details: string;
}

/** The error of a request, as the kernel tells it. */
export interface IKernelError {
  ename: string;
  evalue: string;
  traceback: readonly string[];
}

// ESC [ ... m: colours of a terminal.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Say what the kernel's error means to somebody who wrote no code. */
export function explain(
  error: IKernelError,
  trans: TranslationBundle
): IFailure {
  const details = error.traceback.join('\n').replace(COLOURS, '');
  const { ename, evalue } = error;
  if (ename === 'ModuleNotFoundError' || ename === 'ImportError') {
    const missing = /No module named '([^']+)'/.exec(evalue)?.[1];
    return {
      title: trans.__('spreadlab is not installed in this kernel'),
      message:
        missing === undefined
          ? trans.__(
              "The kernel's spreadlab is not the one this page belongs to (%1). Run this in the kernel's environment, then try again:",
              evalue
            )
          : trans.__(
              "The kernel's Python has no module %1. Run this in the kernel's environment, then try again:",
              missing
            ),
      command: pipCommand(EXTENSION_VERSION),
      details
    };
  }
  return {
    title: trans.__('This can not be shown'),
    message: ename.endsWith('Error') ? evalue || ename : `${ename}: ${evalue}`,
    command: null,
    details
  };
}
