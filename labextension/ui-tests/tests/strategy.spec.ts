import type { Locator } from '@playwright/test';

import { expectAccessible } from './axe';
import { askKernel, cellOf, newNotebook, runCode } from './cells';
import { expect, test } from './lab';

const SETUP = [
  'import numpy as np, tempfile',
  'import spreadlab as sl',
  'from pathlib import Path',
  'from spreadlab_widgets import StrategyForm',
  'prices = sl.data.load_sp500(start="2014-01-01", end="2019-12-31")',
  'folder = Path(tempfile.mkdtemp()) / "strategies"'
];

test('write a strategy, see it traded, keep it in a file and open it again', async ({
  page
}) => {
  await newNotebook(page, 'strategy.ipynb');
  await runCode(page, ...SETUP);
  const cell = await runCode(
    page,
    'form = StrategyForm(prices[["KO", "PEP", "XOM"]], folder=folder)',
    'form'
  );
  const output = cellOf(page, cell);
  const form = output.locator('.jp-SpreadlabStrategy-controls');
  const preview = output.locator('.jp-SpreadlabBacktest');
  const field = (key: string): Locator => form.locator(`[data-key="${key}"]`);
  const status = form.locator('.jp-SpreadlabStrategy-status');
  const files = form.getByLabel('Saved strategies');
  const sharpe = preview.locator('[data-figure="naive"]');

  await test.step('what is written is traded at once', async () => {
    await expect(sharpe).not.toBeEmpty();
    const before = await sharpe.innerText();
    await field('rule.zscore.lookback').fill('30');
    await expect(sharpe).not.toHaveText(before);
    const answer = await askKernel(
      page,
      'form.settle(); again = form.strategy.backtest(form.prices)',
      'print(form.strategy.rule.parameters["lookback"], np.array_equal(again.equity, form.result.equity))'
    );
    expect(answer).toBe('30 True');
  });

  await test.step('a mistake is told beside its field, and taken back', async () => {
    const lookback = field('rule.zscore.lookback');
    await lookback.fill('1');
    await expect(lookback).toHaveAttribute('aria-invalid', 'true');
    await expect(lookback).toHaveAccessibleDescription(/got 1; must be/);
    await expect(status).toHaveText('One field needs another value.');
    await expect(preview.getByRole('alert')).toContainText('marked above');
    await expectAccessible(page, '.jp-SpreadlabStrategy');
    await lookback.fill('30');
    await expect(lookback).not.toHaveAttribute('aria-invalid');
    await expect(preview.getByRole('alert')).toBeHidden();
    await field('window.split').fill('2031-01-01');
    await expect(field('window.split')).toHaveAccessibleDescription(
      /a date inside/
    );
    await field('window.split').fill('2018-01-02');
    await expect(field('window.split')).not.toHaveAttribute('aria-invalid');
  });

  await test.step('another rule has other fields', async () => {
    await field('rule.kind').selectOption('kalman');
    await expect(field('rule.zscore.lookback')).toBeHidden();
    await field('rule.kalman.entry_z').fill('1.5');
    await expect
      .poll(() =>
        askKernel(
          page,
          'form.settle(); print(form.strategy.rule, form.problems)'
        )
      )
      .toBe("RuleSection(kind='kalman', parameters={'entry_z': 1.5}) {}");
  });

  await test.step('by keyboard: saved under a name, changed, saved, opened', async () => {
    await field('name').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Cola');
    await page.keyboard.press('Control+s');
    await expect(form.getByLabel('Name of the file')).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(status).toContainText('Saved cola.toml.');
    await field('costs.cost_bps').fill('9');
    await expect(status).toContainText('with changes not saved');
    await page.keyboard.press('Control+s');
    await expect(status).toContainText('Saved cola.toml.');
    await form.getByRole('button', { name: 'New' }).press('Enter');
    await expect(status).toContainText('In no file yet.');
    await expect(field('rule.kind')).toHaveValue('zscore');
    await files.selectOption('cola');
    await expect(field('rule.kind')).toHaveValue('kalman');
    await expect(field('costs.cost_bps')).toHaveValue('9');
    const answer = await askKernel(
      page,
      'form.settle(); file = folder / "cola.toml"',
      'print(sl.load_strategy(file) == form.strategy, np.array_equal(sl.load_strategy(file).backtest(prices).equity, form.result.equity))'
    );
    expect(answer).toBe('True True');
  });

  await test.step('nothing is lost unasked', async () => {
    await runCode(
      page,
      'sl.Strategy(name="theirs", pair={"dependent": "KO", "hedge": "XOM"}, rule={"kind": "kalman"}).save(file)'
    );
    await field('costs.cost_bps').fill('3');
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    const question = form.getByRole('alertdialog');
    await expect(question).toContainText('changed on disk');
    await expect(
      question.getByRole('button', { name: 'Cancel' })
    ).toBeFocused();
    await expectAccessible(page, '.jp-SpreadlabStrategy');
    await page.keyboard.press('Escape');
    await expect(question).toBeHidden();
    expect(await askKernel(page, 'print(sl.load_strategy(file).name)')).toBe(
      'theirs'
    );
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await question
      .getByRole('button', { name: 'Open what is on disk' })
      .click();
    await expect(field('pair.hedge')).toHaveValue('XOM');
  });

  await test.step('a file that is none is told with its line', async () => {
    await runCode(
      page,
      '(folder / "broken.toml").write_text(\'name = "a"\\n[pair\\n\');'
    );
    await files.focus();
    await expect(files.locator('option')).toHaveText([
      'open …',
      'broken',
      'cola'
    ]);
    await files.selectOption('broken');
    await expect(form.getByRole('alert')).toContainText('line 2');
    await expect(field('pair.hedge')).toHaveValue('XOM');
  });

  await test.step('closed, it leaves nothing behind', async () => {
    await runCode(page, 'form.close()');
    await expect(form).toHaveCount(0);
  });
});
