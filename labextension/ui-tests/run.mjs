// Runs Playwright with the system's Chromium, which it installs where that is possible.
// Playwright's own download is not used: a test run fetches nothing but packages.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import process from 'node:process';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome'
];

function findChromium() {
  return PLACES.find(path => path && existsSync(path)) ?? null;
}

function install() {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/usr/bin/apt-get')) {
    return;
  }
  console.log('Chromium: installing the system package');
  const apt = (...words) =>
    spawnSync('apt-get', ['-qq', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    });
  apt('update');
  apt(
    'install',
    '--yes',
    '--no-install-recommends',
    'chromium',
    'fonts-dejavu-core'
  );
}

/** A port that nobody uses, so that runs side by side don't meet. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => {
        resolve(port);
      });
    });
  });
}

if (findChromium() === null) {
  install();
}
const chromium = findChromium();
if (chromium === null) {
  console.error(
    'The browser tests need Chromium, and none was found. Install it ' +
      '(Debian, Ubuntu: `sudo apt-get install chromium`) or set CHROMIUM to its path.'
  );
  process.exit(1);
}
const playwright = createRequire(import.meta.url).resolve(
  '@playwright/test/cli'
);
const port = process.env.SPREADLAB_UI_PORT ?? String(await freePort());
const { status } = spawnSync(
  process.execPath,
  [
    playwright,
    'test',
    '--config',
    'ui-tests/playwright.config.ts',
    ...process.argv.slice(2)
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, CHROMIUM: chromium, SPREADLAB_UI_PORT: port }
  }
);
process.exit(status ?? 1);
