import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

import type { PlaywrightTestConfig } from '@playwright/test';

const ROOT = resolve(__dirname, '../..');

type Server = Extract<
  NonNullable<PlaywrightTestConfig['webServer']>,
  { command?: string }
>;

/** What every browser run has in common. */
export const base: PlaywrightTestConfig = {
  outputDir: resolve(__dirname, 'test-results'),
  timeout: 420_000,
  expect: { timeout: 30_000 },
  workers: 1,
  // A browser that stumbles on a busy machine is told of as flaky; what fails twice has failed.
  retries: 1,
  reporter: [['list']],
  use: {
    viewport: { width: 1400, height: 900 },
    trace: 'off',
    video: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // Whatever asks for another machine fails, and the tests see that it asked.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
      ]
    }
  }
};

/** Where a server answers, without a slash at the end. */
export function urlOf(port: string, baseUrl = '/'): string {
  return `http://127.0.0.1:${port}${baseUrl.replace(/\/$/, '')}`;
}

/** JupyterLab of an environment, with an empty home and no settings of the user's own. */
export function server(python: string, port: string, baseUrl = '/'): Server {
  const home = mkdtempSync(join(tmpdir(), 'spreadlab-ui-'));
  return {
    command: `${python} -m jupyterlab --config ui-tests/jupyter_server_config.py`,
    cwd: resolve(ROOT, 'labextension'),
    url: `${urlOf(port, baseUrl)}/lab`,
    timeout: 120_000,
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'ignore',
    env: {
      ...(process.env as Record<string, string>),
      // Programs of the server's own environment come first.
      PATH: [resolve(python, '..'), process.env['PATH']].join(delimiter),
      // In a notebook a bar comes or not by how fast the machine is.
      TQDM_DISABLE: '1',
      SPREADLAB_LEDGER: join(home, 'ledger.sqlite'),
      SPREADLAB_UI_PORT: port,
      SPREADLAB_UI_BASE_URL: baseUrl,
      IPYTHONDIR: join(home, 'ipython'),
      JUPYTER_CONFIG_DIR: join(home, 'config'),
      JUPYTER_DATA_DIR: join(home, 'data')
    }
  };
}

/** The Python of the repository's own environment. */
export const ownPython = resolve(ROOT, '.venv/bin/python');
