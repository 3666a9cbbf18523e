import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

import { defineConfig } from '@playwright/test';

const port = process.env['SPREADLAB_UI_PORT'] ?? '18889';
const root = resolve(__dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'spreadlab-ui-'));
const url = `http://127.0.0.1:${port}`;

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  timeout: 420_000,
  expect: { timeout: 30_000 },
  workers: 1,
  retries: 0,
  reporter: [['list']],
  use: {
    baseURL: url,
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
  },
  projects: [
    { name: 'tests', testMatch: '*.spec.ts' },
    { name: 'screenshots', testMatch: '*.shots.ts' },
    { name: 'bench', testDir: './bench', testMatch: '*.bench.ts' }
  ],
  webServer: {
    command: 'jupyter lab --config ui-tests/jupyter_server_config.py',
    cwd: resolve(root, 'labextension'),
    url: `${url}/lab`,
    timeout: 120_000,
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'ignore',
    env: {
      ...(process.env as Record<string, string>),
      // The repository's own environment, where `make` has not already put it first.
      PATH: [resolve(root, '.venv/bin'), process.env['PATH']].join(delimiter),
      SPREADLAB_UI_PORT: port,
      IPYTHONDIR: join(home, 'ipython'),
      JUPYTER_CONFIG_DIR: join(home, 'config'),
      JUPYTER_DATA_DIR: join(home, 'data')
    }
  }
});
