import { defineConfig } from '@playwright/test';

import { base, server, urlOf } from '../base';

/** The Pythons of the environments that `tools/wheel_environment.py` made; see `run.mjs`. */
const [python, collaborating] = (process.env['SPREADLAB_APP_PYTHONS'] ?? '')
  .split('\n')
  .filter(Boolean);
if (python === undefined) {
  throw new Error('Start this with `node ui-tests/run.mjs app`');
}
const port = process.env['SPREADLAB_UI_PORT'] ?? '18889';
const portBelow = process.env['SPREADLAB_UI_PORT_BELOW'] ?? '18890';

/** The application as installed from the wheel into a new environment. */
export default defineConfig(base, {
  testDir: '.',
  use: { baseURL: urlOf(port) },
  projects: [
    { name: 'tests', testMatch: '*.spec.ts' },
    {
      // Under a base URL, and with documents that others edit at the same time.
      name: 'elsewhere',
      testMatch: '*.elsewhere.ts',
      use: { baseURL: urlOf(portBelow, '/x/') }
    },
    { name: 'screenshots', testMatch: '*.shots.ts' },
    { name: 'bench', testMatch: '*.bench.ts' }
  ],
  webServer: [
    server(python, port),
    ...(collaborating === undefined
      ? []
      : [server(collaborating, portBelow, '/x/')])
  ]
});
