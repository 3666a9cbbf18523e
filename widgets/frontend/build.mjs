// Bundles one ES module and one stylesheet a view into the Python package, where anywidget picks
// them up. Nothing is left to load at run time: the views work offline.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const outdir = resolve(here, '../spreadlab_widgets/static');
const { version } = JSON.parse(
  readFileSync(resolve(here, 'package.json'), 'utf8')
);
const options = {
  entryPoints: {
    'policy-heatmap': resolve(here, 'src/heatmap/index.ts'),
    'pair-table': resolve(here, 'src/table/index.ts'),
    'workbench-bar': resolve(here, 'src/workbench/index.ts'),
    'live-monitor': resolve(here, 'src/live/index.ts'),
    'portfolio-view': resolve(here, 'src/portfolio/index.ts'),
    'engine-panel': resolve(here, 'src/engine/index.ts'),
    'spread-view': resolve(here, 'src/spread/index.ts'),
    'ou-fit-view': resolve(here, 'src/oufit/index.ts'),
    'backtest-view': resolve(here, 'src/backtest/index.ts'),
    'pair-map': resolve(here, 'src/map/index.ts'),
    'scan-status': resolve(here, 'src/status/index.ts'),
    'strategy-controls': resolve(here, 'src/strategy/index.ts'),
    'window-control': resolve(here, 'src/window/index.ts'),
    'lab-bar': resolve(here, 'src/weblab/bar.ts'),
    'lab-setup': resolve(here, 'src/weblab/setup.ts')
  },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'info',
  define: { __SPREADLAB_VERSION__: JSON.stringify(version) },
  outdir
};

if (process.argv.includes('--watch')) {
  const context = await esbuild.context({ ...options, minify: false });
  await context.watch();
} else {
  rmSync(outdir, { recursive: true, force: true });
  await esbuild.build(options);
}
