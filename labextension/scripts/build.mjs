// Bundles lib/ into the prebuilt extension in output/. JupyterLab's own package list comes from npm,
// so that Node alone is enough: no Python environment and no look-up on the network.
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const extension = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const builder = require.resolve('@jupyter/builder/lib/build-labextension.js');
const core = require.resolve('@jupyterlab/core-meta/core.package.json');
// Names carry a hash: without this, old bundles would stay beside the new ones.
rmSync(resolve(extension, 'output'), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [builder, '--core-package-file', core, ...process.argv.slice(2), extension],
  { stdio: 'inherit' }
);
if (status === 0) {
  // JupyterLab's extension manager reads here who installed the extension, and how it goes away.
  copyFileSync(
    resolve(extension, 'install.json'),
    resolve(extension, 'output/install.json')
  );
}
process.exit(status ?? 1);
