import { expect, test } from './lab';

test('kernel and extension agree on their versions, or say what to run', async ({
  page
}) => {
  await page.notebook.createNew('handshake.ipynb');
  await page.notebook.addCell(
    'code',
    [
      'import time',
      'from spreadlab_widgets import handshake',
      'handshake.greet()',
      'handshake.__version__'
    ].join('\n')
  );
  await page.notebook.addCell(
    'code',
    'print(f"the extension is {handshake.extension_version()}")'
  );
  await page.notebook.addCell(
    'code',
    [
      '# a kernel of another version, as the extension sees it',
      'handshake.__version__ = "99.0.0"',
      'other = handshake._Handshake()',
      'other.greet()'
    ].join('\n')
  );
  await page.notebook.runCell(1);
  const version = (await page.notebook.getCellTextOutput(1))![0]!.replaceAll(
    "'",
    ''
  );
  await page.notebook.runCell(2);
  expect(await page.notebook.getCellTextOutput(2)).toEqual([
    `the extension is ${version}\n`
  ]);
  const notices = page.locator('.Toastify__toast');
  await expect(notices).toHaveCount(0);

  await page.notebook.runCell(3);
  await expect(notices).toContainText('The kernel runs spreadlab 99.0.0');
  await expect(notices).toContainText(
    'python -m pip install "spreadlab[lab]==99.0.0"'
  );
  await expect(
    notices.getByRole('button', { name: 'Copy command' })
  ).toBeVisible();
});
