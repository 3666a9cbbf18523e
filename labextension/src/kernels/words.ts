import type { TranslationBundle } from '@jupyterlab/translation';

import type { IEngine, IJob } from './protocol';

/** An engine in a few words: "local · 2 threads", "host:port · 3 ms", "host:port · offline". */
export function engineWords(engine: IEngine, trans: TranslationBundle): string {
  const { connecting } = engine;
  if (connecting !== null) {
    return trans.__('connecting to %1', place(connecting));
  }
  if (engine.kind === 'local') {
    return `${trans.__('local')} · ${threadWords(engine.threads ?? 1, trans)}`;
  }
  return `${place(engine.address)} · ${howItIs(engine, trans)}`;
}

/** The same for a reader who wants to know more. */
export function engineTitle(engine: IEngine, trans: TranslationBundle): string {
  const lines = [trans.__('Engine of this notebook: %1', engine.address)];
  if (engine.threads !== null) {
    lines.push(threadWords(engine.threads, trans));
  }
  if (engine.problem !== '') {
    lines.push(engine.problem);
  }
  return lines.join('\n');
}

/** How fast a job goes and how long it goes on; empty before its first tile. */
export function paceWords(job: IJob, trans: TranslationBundle): string {
  if (job.rate === null) {
    return '';
  }
  const rate = trans.__('%1 tiles/s', String(job.rate));
  return job.left === null
    ? rate
    : `${rate} · ${trans.__('%1 left', duration(job.left))}`;
}

/** Seconds as a reader says them: "< 1 s", "40 s", "3 min", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 1) {
    return '< 1 s';
  }
  if (seconds < 90) {
    return `${Math.round(seconds)} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) {
    return `${minutes} min`;
  }
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An address without its scheme: host and port. */
export function place(address: string): string {
  return address.replace(/^[a-z+]+:\/\//, '');
}

function howItIs(engine: IEngine, trans: TranslationBundle): string {
  if (engine.state === 'offline') {
    return trans.__('offline');
  }
  if (engine.state === 'unused') {
    return trans.__('not connected yet');
  }
  return engine.milliseconds === null
    ? trans.__('connected')
    : `${milliseconds(engine.milliseconds)} ms`;
}

function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function threadWords(threads: number, trans: TranslationBundle): string {
  return trans._n('%1 thread', '%1 threads', threads);
}
