import { expectAccessible } from './axe';
import { askKernel, newNotebook, runCode } from './cells';
import { expect, test } from './lab';

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

test('the engine is tested, switched to a server and back, and a job is cancelled', async ({
  page
}) => {
  await newNotebook(page, 'engine.ipynb');
  const port = await askKernel(
    page,
    'import json, pathlib, subprocess, sys',
    'server = subprocess.Popen(',
    '    [pathlib.Path(sys.executable).with_name("spreadlab"), "serve", "--port", "0"],',
    '    stderr=subprocess.PIPE, text=True)',
    'print(json.loads(server.stderr.readline())["port"])'
  );
  try {
    await runCode(
      page,
      'import spreadlab as sl',
      'from spreadlab_widgets import EnginePanel',
      'EnginePanel()'
    );
    const panel = page.locator('.jp-SpreadlabEngine').first();
    const status = panel.locator('.jp-SpreadlabEngine-status');
    await expect(status).toContainText('local · ');

    await panel.getByLabel('Remote').check();
    await panel.getByLabel('address').fill(`127.0.0.1:${port}`);
    await panel.getByRole('button', { name: 'Test connection' }).click();
    await expect(status).toContainText('answers:');
    await panel.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(status).toContainText(`grpc://127.0.0.1:${port}`);
    await expect(status).toContainText('ms to answer');
    const solve = [
      'policy = sl.solve_hjb(sl.OUParams(kappa=6.0, theta=0.0, sigma=0.3), cost=0.003, discount=0.05)',
      'print(policy.provenance["engine"], policy.thresholds.exit_long)'
    ];
    const [remote, far] = (await askKernel(page, ...solve)).split(' ');
    expect(remote).toBe(`grpc://127.0.0.1:${port}`);

    await panel.getByLabel('Local').check();
    await panel.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(status).toContainText('local · ');
    const [local, near] = (await askKernel(page, ...solve)).split(' ');
    expect(local).toBe('local');
    expect(near).toBe(far);

    await test.step('an address where nobody answers is told', async () => {
      await panel.getByLabel('Remote').check();
      await panel.getByLabel('address').fill('nowhere');
      await panel.getByRole('button', { name: 'Connect', exact: true }).click();
      await expect(panel.getByRole('alert')).toContainText('host:port');
      await expect(status).toContainText('local');
    });

    await test.step('a job is listed and cancelled', async () => {
      // A job that ends by being cancelled and in no other way; as one line, since the editor
      // would indent what is typed into it.
      await runCode(page, `exec(${JSON.stringify(ENDLESS)})`);
      await panel
        .getByRole('button', { name: 'Cancel endless' })
        .click({ timeout: 30_000 });
      await expect(panel.getByText('No running jobs')).toBeVisible();
      expect(await askKernel(page, 'job.wait(60)', 'print(job.state)')).toBe(
        'cancelled'
      );
    });

    await expectAccessible(page, '.jp-SpreadlabEngine');
  } finally {
    await askKernel(page, 'server.terminate()', 'print(server.wait(60))');
  }
});
