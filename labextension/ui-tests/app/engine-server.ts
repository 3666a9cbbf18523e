import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const START_MILLISECONDS = 120_000; // finds a hang; a slow machine needs less

/** `spreadlab serve` of the wheel's environment, on a port that the system chooses. */
export class EngineServer {
  private constructor(
    private readonly _process: ChildProcess,
    readonly port: number
  ) {}

  static async start(): Promise<EngineServer> {
    const [python] = (process.env['SPREADLAB_APP_PYTHONS'] ?? '').split('\n');
    if (!python) {
      throw new Error('Start this with `node ui-tests/run.mjs app`');
    }
    const child = spawn(
      python,
      ['-m', 'spreadlab.cli', 'serve', '--port', '0'],
      {
        stdio: ['ignore', 'ignore', 'pipe']
      }
    );
    try {
      return new EngineServer(child, await portOf(child));
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  get place(): string {
    return `127.0.0.1:${this.port}`;
  }

  get address(): string {
    return `grpc://${this.place}`;
  }

  /** End it at once, as a crash would; harmless when it has ended. */
  async kill(): Promise<void> {
    if (this._process.exitCode === null && this._process.signalCode === null) {
      const ended = new Promise(resolve => this._process.once('exit', resolve));
      this._process.kill('SIGKILL');
      await ended;
    }
  }
}

/** The port that a server tells in its log. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    const give = (problem: string) => {
      clearTimeout(timer);
      reject(new Error(`${problem}:\n${log.join('\n')}`));
    };
    const timer = setTimeout(() => {
      give('the server did not start');
    }, START_MILLISECONDS);
    child.once('exit', () => {
      give('the server ended');
    });
    createInterface({ input: child.stderr! }).on('line', line => {
      log.push(line);
      if (line.startsWith('{')) {
        const entry = JSON.parse(line) as { event?: string; port?: number };
        if (entry.event === 'serving' && entry.port !== undefined) {
          clearTimeout(timer);
          resolve(entry.port);
        }
      }
    });
  });
}
