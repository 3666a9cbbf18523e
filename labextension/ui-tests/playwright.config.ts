import { defineConfig } from '@playwright/test';

import { base, ownPython, server, urlOf } from './base';

const port = process.env['SPREADLAB_UI_PORT'] ?? '18889';

/** Widgets in notebooks, from the source tree. What users install is under `app/`. */
export default defineConfig(base, {
  testDir: './tests',
  use: { baseURL: urlOf(port) },
  projects: [
    { name: 'tests', testMatch: '*.spec.ts' },
    { name: 'screenshots', testMatch: '*.shots.ts' },
    { name: 'bench', testDir: './bench', testMatch: '*.bench.ts' }
  ],
  webServer: server(ownPython, port)
});
