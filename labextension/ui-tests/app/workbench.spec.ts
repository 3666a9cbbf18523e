import { expect, test } from '../tests/lab';
import { setTheme } from '../tests/research';
import {
  pricesCsv,
  sessions,
  settled,
  untilLayoutKept,
  workbenchOf
} from './workbench';

const TAB = '.lm-TabBar-tab';

// Galata's stand-in for the server's list of kernels answers a restart as if it were a start.
test.use({ kernels: null, sessions: null });

test('the workbench opens from the launcher, and lives through theme, reload and restart', async ({
  page
}) => {
  const earlier = (await sessions(page)).map(({ kernel }) => kernel.id);
  const own = async () =>
    (await sessions(page)).filter(({ kernel }) => !earlier.includes(kernel.id));
  await untilLayoutKept(page, 'workbench-', async () => {
    await page
      .locator('.jp-Launcher-section', { hasText: 'spreadlab' })
      .locator('.jp-LauncherCard', { hasText: 'Pairs Workbench' })
      .click();
    await settled(page);
  });
  const tab = page.locator(TAB, { hasText: 'Pairs Workbench' });
  await expect(tab).toHaveCount(1);
  const [before] = await own();
  const rows = workbenchOf(page).locator('.jp-SpreadlabTable-row');
  await rows.nth(1).click();
  await expect(rows.nth(1)).toHaveAttribute('aria-selected', 'true');
  const chosen = await rows.nth(1).locator('[data-column="pair"]').innerText();
  await settled(page);

  await test.step('the theme changes under it', async () => {
    const background = () =>
      page
        .locator('.jp-SpreadlabPanel')
        .evaluate(node => getComputedStyle(node).backgroundColor);
    const light = await background();
    await setTheme(page, 'dark');
    await expect.poll(background).not.toBe(light);
    await expect(rows.nth(1)).toHaveAttribute('aria-selected', 'true');
  });

  await test.step('a reload of the page finds the same session and choice', async () => {
    await page.reload({ waitForIsReady: false });
    await settled(page);
    const after = await own();
    expect(after.map(({ kernel }) => kernel.id)).toEqual([before!.kernel.id]);
    const selected = workbenchOf(page).locator(
      '.jp-SpreadlabTable-row[aria-selected="true"]'
    );
    await expect(selected.locator('[data-column="pair"]')).toHaveText(chosen);
  });

  await test.step('the title tells when the kernel is busy', async () => {
    await expect(tab).not.toHaveClass(/jp-mod-busy/);
    await page.evaluate(() => {
      const { content } = window.jupyterapp.shell.currentWidget as unknown as {
        content: {
          sessionContext: {
            session: {
              kernel: { requestExecute: (c: { code: string }) => unknown };
            };
          };
        };
      };
      content.sessionContext.session.kernel.requestExecute({
        code: 'import pathlib, time\nwhile not pathlib.Path("go").exists():\n    time.sleep(0.01)'
      });
    });
    await expect(tab).toHaveClass(/jp-mod-busy/);
    await expect(tab).toHaveAttribute('title', /busy/);
    await page.contents.uploadContent(
      '',
      'text',
      `${before!.path.split('/')[0]!}/go`
    );
    await expect(tab).not.toHaveClass(/jp-mod-busy/);
  });

  await test.step('a restart of the kernel shows it again', async () => {
    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('spreadlab:restart-workbench');
    });
    await expect(
      workbenchOf(page).locator('.jp-SpreadlabTable-row[aria-selected="true"]')
    ).toHaveCount(0);
    await settled(page);
    await rows.first().click();
    await expect(rows.first()).toHaveAttribute('aria-selected', 'true');
    await settled(page);
  });

  await test.step('closing asks nothing and ends its kernel', async () => {
    await tab.hover();
    await tab.locator('.lm-TabBar-tabCloseIcon').click();
    await expect(tab).toHaveCount(0);
    await expect(page.locator('.jp-Dialog')).toHaveCount(0);
    await expect.poll(own).toEqual([]);
  });
});

test('a file of prices opens in the workbench, or says what is wrong with it', async ({
  page,
  tmpPath
}) => {
  await page.contents.uploadContent(
    'date,AAA\n2020-01-01,not a price\n',
    'text',
    `${tmpPath}/closes.csv`
  );
  await page.filebrowser.refresh();
  const item = page.locator('.jp-DirListing-item', { hasText: 'closes.csv' });
  await item.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Open in Pairs Workbench' }).click();
  const failure = page.locator('.jp-SpreadlabFailure');
  await expect(failure).toContainText('not a price', { timeout: 60_000 });

  await page.contents.uploadContent(
    pricesCsv(),
    'text',
    `${tmpPath}/closes.csv`
  );
  await failure.getByRole('button', { name: 'Try again' }).click();
  const workbench = await settled(page);
  await expect(workbench).toContainText('3 symbols');
  await expect(failure).toHaveCount(0);
  await expect(page.locator(TAB, { hasText: 'closes.csv' })).toHaveCount(1);
});

test.describe('a kernel without spreadlab', () => {
  test.use({
    mockSettings: {
      '@jupyterlab/apputils-extension:notification': {
        fetchNews: 'false',
        checkForUpdates: false
      },
      'spreadlab:settings': { workbenchKernel: 'bare' }
    }
  });

  test('is told what to install', async ({ page }) => {
    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('spreadlab:open-workbench');
    });
    const failure = page.getByRole('alert');
    await expect(failure).toContainText('spreadlab_widgets', {
      timeout: 60_000
    });
    await expect(failure.locator('code')).toHaveText(
      /^python -m pip install "spreadlab\[lab\]==\d+\.\d+\.\d+"$/
    );
    await expect(
      failure.getByRole('button', { name: 'Copy command' })
    ).toBeVisible();
  });
});
