/**
 * What a kernel tells and what it may be asked, as `spreadlab_widgets.kernel_link` has it.
 */

/** The comm that a kernel opens, once, under this very identity. */
export const TELL = 'spreadlab.tell';
/** The target that the page opens a comm on, once a question. */
export const ASK = 'spreadlab.ask';

/** The engine that a kernel's process uses. */
export interface IEngine {
  address: string;
  kind: 'local' | 'remote' | 'cluster';
  threads: number | null;
  /** `unused`: named by the environment, and not connected to yet. */
  state: 'ready' | 'offline' | 'unused';
  /** For one answer; null while nobody has asked. */
  milliseconds: number | null;
  /** Why it is offline, or why the last connection that was asked for failed. */
  problem: string;
  /** The address that is being connected to. */
  connecting: string | null;
}

/** A job that runs. */
export interface IJob {
  job: number;
  task: string;
  engine: string;
  done: number;
  planned: number;
  fraction: number;
  seconds: number;
  /** Tiles a second, and seconds left; null before the first tile. */
  rate: number | null;
  left: number | null;
}

/** A job that has ended. */
export interface IResult {
  result: number;
  task: string;
  state: 'done' | 'failed' | 'cancelled';
  seconds: number;
  /** Seconds since 1970. */
  at: number;
  words: string;
  /** An expression that gives the result; null if no variable and no output holds it. */
  name: string | null;
  /** Whether the Workbench can show the prices of it. */
  scan: boolean;
}

export interface IKernelState {
  /** Grows from one look of the kernel to the next. */
  number: number;
  version: string;
  engine: IEngine;
  jobs: IJob[];
  /** The latest first. */
  results: IResult[];
}

/** A study of the trial ledger. */
export interface IStudy {
  study: string;
  trials: number;
  effective: number | null;
  /** Of the best, per period. */
  sharpe: number | null;
  rule: string;
  kind: string;
  /** Probability of skill of the best, alone and after all trials. */
  naive: number | null;
  deflated: number | null;
}

export interface ILedger {
  path: string;
  studies: IStudy[];
}

/** A question to the answer that it gets. */
export interface IQuestions {
  watch: { ask: { seconds: number }; answer: { state: IKernelState } };
  cancel: { ask: { job: number }; answer: { cancelled: number } };
  connect: {
    ask: { profile: Record<string, string> };
    answer: { state: IKernelState };
  };
  ledger: { ask: Record<string, never>; answer: ILedger };
  code: {
    ask: { result: number; where: 'cell' | 'workbench' };
    answer: { code: string };
  };
}

/** A kernel's state out of a message; null if the kernel speaks another language. */
export function readState(data: unknown): IKernelState | null {
  const given = data as Partial<IKernelState> | null;
  const whole =
    typeof given?.number === 'number' &&
    typeof given.version === 'string' &&
    typeof given.engine?.address === 'string' &&
    Array.isArray(given.jobs) &&
    Array.isArray(given.results);
  return whole ? (given as IKernelState) : null;
}
