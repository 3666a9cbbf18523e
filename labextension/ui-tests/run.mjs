// Runs Playwright with the system's Chromium, which it installs where that is possible.
// Playwright's own download is not used: a test run fetches nothing but packages.
//
//   node ui-tests/run.mjs --project tests         widgets, from the source tree
//   node ui-tests/run.mjs app --project tests     the application, from the wheel in a new environment
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

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
const [first, ...rest] = process.argv.slice(2);
const app = first === 'app';
const words = app ? rest : process.argv.slice(2);
const wanted = new Set(
  words.flatMap((word, at) =>
    word === '--project'
      ? [words[at + 1]]
      : (/^--project=(.*)/.exec(word)?.[1] ?? [])
  )
);

/** The environments with the wheel, a line each; the second only for the tests that need it. */
function environments() {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = resolve(here, '../..');
  const both = wanted.size === 0 || wanted.has('elsewhere');
  const made = spawnSync(
    resolve(root, '.venv/bin/python'),
    ['tools/wheel_environment.py', ...(both ? ['--rtc'] : [])],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }
  );
  if (made.status !== 0) {
    process.exit(made.status ?? 1);
  }
  return made.stdout.trim();
}

const { status } = spawnSync(
  process.execPath,
  [
    playwright,
    'test',
    '--config',
    app ? 'ui-tests/app/playwright.config.ts' : 'ui-tests/playwright.config.ts',
    ...words
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      CHROMIUM: chromium,
      SPREADLAB_UI_PORT:
        process.env.SPREADLAB_UI_PORT ?? String(await freePort()),
      ...(app
        ? {
            SPREADLAB_APP_PYTHONS: environments(),
            SPREADLAB_UI_PORT_BELOW: String(await freePort())
          }
        : {})
    }
  }
);
process.exit(status ?? 1);
