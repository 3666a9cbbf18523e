import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, type Locator, type Page } from '@playwright/test';

import { Program } from './programs';

const START = 120_000; // finds a hang; a slow machine needs less

/** `spreadlab lab` on a port that the system chooses, with files of its own. */
export class WebLab {
  private constructor(
    private readonly program: Program,
    readonly home: string,
    /** The link that it printed, with its token. */
    readonly link: string
  ) {}

  static async start(
    words: readonly string[] = [],
    home = mkdtempSync(join(tmpdir(), 'spreadlab-weblab-'))
  ): Promise<WebLab> {
    const program = new Program(
      'spreadlab',
      ['lab', '--port=0', ...files(home), ...words],
      home,
      {
        HOME: home,
        IPYTHONDIR: join(home, 'ipython'),
        JUPYTER_CONFIG_DIR: join(home, 'config'),
        JUPYTER_DATA_DIR: join(home, 'data')
      }
    );
    try {
      const link = await printed(program, /^spreadlab lab: (\S+)$/m);
      return new WebLab(program, home, link);
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  /** The address without the token. */
  get address(): string {
    return this.link.replace(/\?.*/, '');
  }

  get output(): string {
    return this.program.output;
  }

  get strategies(): string {
    return join(this.home, 'strategies');
  }

  stop(): Promise<void> {
    return this.program.stop();
  }
}

function files(home: string): string[] {
  return [
    `--book=${join(home, 'book.sqlite')}`,
    `--strategies=${join(home, 'strategies')}`
  ];
}

/** What a program writes once it is there; one that has ended says why. */
export async function printed(
  program: Program,
  pattern: RegExp
): Promise<string> {
  await expect
    .poll(
      () => {
        if (!program.running) {
          throw new Error(`the program ended:\n${program.output}`);
        }
        return pattern.test(program.output);
      },
      { message: `it writes ${pattern.source}`, timeout: START }
    )
    .toBe(true);
  return pattern.exec(program.output)![1]!;
}

/** Open the lab's page, and wait until its book is open. */
export async function openLab(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expectOpen(page);
}

export async function expectOpen(page: Page): Promise<void> {
  const start = page.getByRole('button', {
    name: /^(Start the replay|Trade these)$/
  });
  await expect(start).toBeEnabled({ timeout: START });
}

/** Whether a picture is another one than it was. */
export function pixels(canvas: Locator): Promise<string> {
  return canvas.evaluate(node => (node as HTMLCanvasElement).toDataURL());
}
