import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../../..');

/** How long a program may take to end when it is asked to, in milliseconds. */
const PATIENCE = 10_000;

/** A program of the repository's environment, as a child of the test. */
export class Program {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private written = '';

  constructor(
    command: string,
    words: readonly string[],
    cwd: string,
    env: Record<string, string> = {}
  ) {
    this.child = spawn(command, words, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: [join(ROOT, '.venv/bin'), process.env['PATH']].join(delimiter),
        SPREADLAB_LEDGER: ':memory:',
        ...env
      }
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream!.on('data', (part: Buffer) => {
        this.written += part.toString();
      });
    }
    this.ended = new Promise(done => {
      this.child.once('close', () => {
        done();
      });
      this.child.once('error', error => {
        this.written += String(error);
        done();
      });
    });
  }

  /** What it has written until now, to both of its outputs. */
  get output(): string {
    return this.written;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** End it, if need be by force, and wait until it has ended. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.running) {
      this.child.kill(signal);
      const force = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE);
      await this.ended;
      clearTimeout(force);
    }
  }
}

/** A port that nobody uses. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        found(port);
      });
    });
  });
}
