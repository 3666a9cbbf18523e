import { expect, test } from '../tests/lab';
import { runCode, askKernel, newNotebook } from '../tests/cells';

test('the wheel brings toolkit, widgets and extension, and nothing comes from the source tree', async ({
  page
}) => {
  const plugins = await page.evaluate(() =>
    window.jupyterapp.listPlugins().filter(id => id.startsWith('spreadlab:'))
  );
  expect(plugins).toContain('spreadlab:settings');
  expect(
    await page.evaluate(
      ids => ids.filter(id => !window.jupyterapp.isPluginActivated(id)),
      plugins
    )
  ).toEqual([]);
  await newNotebook(page, 'installed.ipynb');
  await runCode(page, 'import spreadlab, spreadlab_widgets, sys');
  expect(
    await askKernel(
      page,
      'print(all(m.__file__.startswith(sys.prefix) for m in (spreadlab, spreadlab_widgets)))'
    )
  ).toBe('True');
});
