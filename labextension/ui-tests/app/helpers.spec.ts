import { expect, runAll, test } from '../tests/lab';

test('a template opens from the menu and runs', async ({ page }) => {
  await page.menu.clickMenuItem('Pairs>New from Template>Your own rule');
  await expect(
    page.getByRole('tab', { name: 'your-own-rule.ipynb' })
  ).toBeVisible();
  await runAll(page);
});
