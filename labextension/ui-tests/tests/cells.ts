import { expect } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

/** How long the kernel may take for what a test asks, in milliseconds. */
const PATIENCE = 180_000;

/** Open a new notebook with a running kernel. */
export async function newNotebook(
  page: IJupyterLabPageFixture,
  name: string
): Promise<void> {
  await page.notebook.createNew(name);
  await kernelIsIdle(page);
}

/** Make a notebook that has its path from the start, and open it with a running kernel. */
export async function openNotebook(
  page: IJupyterLabPageFixture,
  path: string
): Promise<void> {
  const kernelspec = { display_name: 'Python 3', name: 'python3' };
  const empty = {
    cells: [],
    metadata: { kernelspec },
    nbformat: 4,
    nbformat_minor: 5
  };
  await page.contents.uploadContent(JSON.stringify(empty), 'text', path);
  await openDocument(page, path);
}

/** Open a notebook that is there, and wait for its kernel. */
export async function openDocument(page: Page, path: string): Promise<void> {
  await page.evaluate(async file => {
    await window.jupyterapp.commands.execute('docmanager:open', {
      path: file,
      factory: 'Notebook'
    });
  }, path);
  await kernelIsIdle(page);
}

/** Wait until the kernel of the notebook in front waits for work. */
export async function kernelIsIdle(page: Page): Promise<void> {
  await expect(
    page.locator('#jp-main-statusbar').getByText('| Idle')
  ).toBeVisible({ timeout: 60_000 });
}

/** A cell by its number: the notebook holds only those that are near what is in sight. */
export function cellOf(page: Page, cell: number): Locator {
  return page.locator(
    `.jp-NotebookPanel:not(.lm-mod-hidden) [data-windowed-list-index="${cell}"]`
  );
}

/** The parts of a notebook panel that the helpers below reach for. */
interface Panel {
  content: {
    activeCellIndex: number;
    deselectAll: () => void;
    model: {
      sharedModel: {
        cells: unknown[];
        insertCell: (at: number, cell: object) => void;
      };
      toJSON: () => { cells: { outputs?: Record<string, unknown>[] }[] };
    };
    scrollToItem: (at: number, align: string) => Promise<void>;
  };
  sessionContext: {
    session: {
      kernel: {
        requestExecute: (content: object) => {
          onIOPub: (message: {
            header: { msg_type: string };
            content: {
              name?: string;
              text?: string;
              data?: Record<string, string>;
              traceback?: string[];
            };
          }) => void;
          done: Promise<unknown>;
        };
      };
    };
  };
}

declare global {
  interface Window {
    /** What the tests see of the notebook in front. */
    spreadlabPanel: () => Panel;
  }
}

async function reach(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.spreadlabPanel = () =>
      window.jupyterapp.shell.currentWidget as unknown as Panel;
  });
}

/** What cells of the notebook in front have raised, each as "cell 3: ZeroDivisionError: …". */
export async function failures(page: Page): Promise<string[]> {
  // Of the outputs themselves: the page shows an exception as it shows anything on stderr.
  await reach(page);
  return page.evaluate(() =>
    window
      .spreadlabPanel()
      .content.model.toJSON()
      .cells.flatMap(({ outputs = [] }, cell) =>
        outputs
          .filter(output => output['output_type'] === 'error')
          .map(
            output =>
              `cell ${cell}: ${String(output['ename'])}: ${String(output['evalue'])}`
          )
      )
  );
}

/** Run code in a new cell at the end as `runAgain` does, and return the cell's number. */
export async function runCode(page: Page, ...lines: string[]): Promise<number> {
  const cell = await appendCode(page, ...lines);
  await runAgain(page, cell);
  return cell;
}

/** Run code in a new cell at the end, and do not wait for it. */
export async function startCode(page: Page, ...lines: string[]): Promise<void> {
  const cell = await appendCode(page, ...lines);
  await page.evaluate(at => {
    window.spreadlabPanel().content.activeCellIndex = at;
    void window.jupyterapp.commands.execute('notebook:run-cell');
  }, cell);
}

/** Put code into a new cell at the end, and return the cell's number. */
async function appendCode(page: Page, ...lines: string[]): Promise<number> {
  await reach(page);
  return page.evaluate(source => {
    const { sharedModel } = window.spreadlabPanel().content.model;
    const at = sharedModel.cells.length;
    sharedModel.insertCell(at, { cell_type: 'code', source });
    return at;
  }, lines.join('\n'));
}

/**
 * Run a cell and bring it in sight. An exception fails the test.
 *
 * Waits for the kernel's answer to this cell and for nothing else.
 */
export async function runAgain(page: Page, cell: number): Promise<void> {
  await reach(page);
  await page.evaluate(
    async ([at, patience]) => {
      const { content } = window.spreadlabPanel();
      content.deselectAll();
      content.activeCellIndex = at!;
      const tooLong = new Promise((_, fail) => {
        setTimeout(() => {
          fail(new Error(`cell ${at} did not end in time`));
        }, patience);
      });
      const run = window.jupyterapp.commands.execute('notebook:run-cell');
      await Promise.race([run, tooLong]);
      await content.scrollToItem(at!, 'start');
    },
    [cell, PATIENCE]
  );
  const raised = (await failures(page)).filter(words =>
    words.startsWith(`cell ${cell}: `)
  );
  expect(raised).toEqual([]);
}

/**
 * Run code in the kernel, past the notebook, and return what it printed or the value it ended with.
 *
 * No cell and no focus changes. An exception fails the test.
 */
export async function askKernel(
  page: Page,
  ...lines: string[]
): Promise<string> {
  await reach(page);
  const { said, error } = await page.evaluate(
    async ([code, patience]) => {
      const { kernel } = window.spreadlabPanel().sessionContext.session;
      const request = kernel.requestExecute({ code, store_history: false });
      const answer = { said: '', error: '' };
      request.onIOPub = ({ header, content }) => {
        if (header.msg_type === 'stream' && content.name === 'stdout') {
          answer.said += content.text!;
        } else if (header.msg_type === 'execute_result') {
          answer.said += content.data!['text/plain']!;
        } else if (header.msg_type === 'error') {
          answer.error = content.traceback!.join('\n');
        }
      };
      const tooLong = new Promise((_, fail) => {
        setTimeout(() => {
          fail(new Error(`the kernel did not answer in time:\n${code}`));
        }, patience as number);
      });
      await Promise.race([request.done, tooLong]);
      return answer;
    },
    [lines.join('\n'), PATIENCE] as const
  );
  expect(error, lines.join('\n')).toBe('');
  return said.trim();
}
