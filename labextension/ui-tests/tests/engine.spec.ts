import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expectAccessible } from './axe';
import { askKernel, cellOf, newNotebook, runCode } from './cells';
import { expect, test } from './lab';
import { Program } from './programs';

const TOKEN = 'a-token-that-nobody-should-ever-find-0123456789';

/** A job that ends by being cancelled and in no other way. */
const ENDLESS = `
import time
from dataclasses import dataclass
from spreadlab._canonical import wire
from spreadlab.engines.registry import current_engine
from spreadlab.task import SingleTile, poll_cancel

@wire("EndlessSpec")
@dataclass(frozen=True, slots=True)
class EndlessSpec(SingleTile):
    def check(self, inputs):
        pass

    def run(self, view, tile):
        while True:
            poll_cancel()
            time.sleep(0.01)

job = current_engine().submit(EndlessSpec())
`;
const SCAN = [
  'prices = sl.data.load_sp500(start="2019-01-01", end="2022-12-28")',
  'scan = sl.discover_pairs(prices, progress=False)',
  'print(scan.provenance["engine"], scan.all_pvalues.tobytes().hex()[:64])'
];

/** A real server, in a process of its own, on a port that the system chose. */
async function serve(): Promise<{ server: Program; address: string }> {
  const home = mkdtempSync(join(tmpdir(), 'spreadlab-engine-'));
  const tokens = join(home, 'token');
  writeFileSync(tokens, `${TOKEN}\n`, { mode: 0o600 });
  const words = ['serve', '--port', '0', '--threads', '2', '--grace', '1'];
  const server = new Program(
    'spreadlab',
    [...words, '--token-file', tokens],
    home
  );
  const port = /"port": ?(\d+)/;
  await expect
    .poll(() => !server.running || port.test(server.output), {
      message: 'the server listens',
      timeout: 60_000
    })
    .toBe(true);
  const found = port.exec(server.output);
  if (found === null) {
    throw new Error(`the server ended:\n${server.output}`);
  }
  return { server, address: `127.0.0.1:${found[1]}` };
}

test('the engine is switched to a server and back, and its loss is told', async ({
  page
}) => {
  const { server, address } = await serve();
  try {
    await newNotebook(page, 'engine.ipynb');
    const cell = await runCode(
      page,
      'import spreadlab as sl',
      'from spreadlab_widgets import EnginePanel',
      'EnginePanel()'
    );
    const panel = cellOf(page, cell).locator('.jp-SpreadlabEngine');
    const status = panel.locator('.jp-SpreadlabEngine-status');
    const connect = panel.getByRole('button', { name: 'Connect', exact: true });
    const token = panel.getByLabel('token');
    await expect(status).toContainText('local · ');
    await expectAccessible(page, '.jp-SpreadlabEngine');
    const [here, near] = (await askKernel(page, ...SCAN)).split(' ');
    expect(here).toBe('local');

    await test.step('a connection is tested before it is used', async () => {
      await panel.getByLabel('Remote').check();
      await panel.getByLabel('address').fill(address);
      await token.fill(TOKEN);
      await panel.getByRole('button', { name: 'Test connection' }).click();
      await expect(status).toContainText(`grpc://${address} answers:`);
      expect(await askKernel(page, ...SCAN)).toMatch(/^local /);
    });

    await test.step('a scan runs on the server, with the same answer', async () => {
      await connect.click();
      await expect(status).toHaveText(
        new RegExp(
          `^grpc://${address} · 2 threads · spreadlab [\\d.]+ · [\\d.]+ ms to answer$`
        )
      );
      expect(await askKernel(page, ...SCAN)).toBe(`grpc://${address} ${near}`);
    });

    await test.step('the token is nowhere but in the engine', async () => {
      await expect(token).toHaveValue('');
      const found = await askKernel(
        page,
        'import ipywidgets',
        `print(${JSON.stringify(TOKEN)} in str(ipywidgets.Widget.get_manager_state(drop_defaults=False)))`
      );
      expect(found).toBe('False');
      const told = await page.evaluate(
        () =>
          JSON.stringify(window.spreadlabPanel().content.model.toJSON()) +
          document.documentElement.outerHTML
      );
      expect(told).not.toContain(TOKEN);
    });

    await test.step('an address where nobody answers is told', async () => {
      await panel.getByLabel('address').fill('nowhere');
      await connect.click();
      await expect(panel.getByRole('alert')).toContainText('host:port');
      await panel.getByLabel('address').fill('127.0.0.1:1');
      await connect.click();
      await expect(status).toContainText(`grpc://${address} stays in use`);
      expect(await askKernel(page, ...SCAN)).toBe(`grpc://${address} ${near}`);
    });

    await test.step('a server that is killed is told as lost', async () => {
      await panel.getByLabel('address').fill(address);
      await token.fill(TOKEN);
      await connect.click();
      await expect(status).toContainText('ms to answer');
      await server.stop('SIGKILL');
      await expect(status).toContainText(`grpc://${address} does not answer`);
      await expect(panel.getByRole('alert')).toContainText(
        'EngineUnavailableError'
      );
      await expectAccessible(page, '.jp-SpreadlabEngine');
    });

    await test.step('back to local', async () => {
      await panel.getByLabel('Local').check();
      await connect.click();
      await expect(status).toContainText('local · ');
      await expect(panel.getByRole('alert')).toHaveCount(0);
      expect(await askKernel(page, ...SCAN)).toBe(`local ${near}`);
    });

    await test.step('a job is listed and cancelled', async () => {
      await askKernel(page, ENDLESS);
      await panel.getByRole('button', { name: 'Cancel endless' }).click();
      await expect(panel.getByText('No running jobs')).toBeVisible();
      expect(
        await askKernel(page, 'job.wait(30)', 'print(job.state)')
      ).toContain('cancelled');
    });
  } finally {
    await server.stop();
  }
});
