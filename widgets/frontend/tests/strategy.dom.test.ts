// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { FieldTerms } from '../src/strategy/field';
import {
  fileName,
  statusWords,
  StrategyView,
  type StrategyTraits
} from '../src/strategy/view';
import { FakeModel } from './model';

const field = (
  key: string,
  kind: FieldTerms['kind'],
  more: Partial<FieldTerms> = {}
): FieldTerms => ({
  key,
  section: key.includes('.') ? key.split('.')[0]! : '',
  name: key.split('.').at(-1)!,
  kind,
  choices: [],
  integer: false,
  default: '',
  required: false,
  rule: '',
  help: `What ${key} means.`,
  ...more
});

const FIELDS: FieldTerms[] = [
  field('name', 'text', { required: true }),
  field('pair.hedge', 'symbol', { required: true }),
  field('rule.kind', 'choice', { choices: ['zscore', 'kalman'] }),
  field('rule.zscore.lookback', 'integer', { rule: 'zscore', required: true }),
  field('rule.kalman.entry_z', 'number', { rule: 'kalman', default: '2' }),
  field('costs.cost_bps', 'number', { default: '0' }),
  field('sizing.compounding', 'flag')
];

describe('strategy form', () => {
  let model: FakeModel<StrategyTraits>;
  let root: HTMLElement;
  let view: StrategyView;

  beforeEach(() => {
    document.body.replaceChildren();
    root = document.createElement('div');
    document.body.append(root);
    model = new FakeModel<StrategyTraits>({
      _fields: FIELDS,
      values: {
        name: 'Cola & Co',
        'pair.hedge': 'PEP',
        'rule.kind': 'zscore',
        'rule.zscore.lookback': '60',
        'sizing.compounding': true
      },
      problems: {},
      symbols: ['KO', 'PEP'],
      files: ['cola', 'oil'],
      file: '',
      folder: 'strategies',
      changed: false,
      words: '',
      code: 'import spreadlab as sl',
      question: null,
      theme: 'auto',
      error: '',
      _version: '0.0.0-test',
      _view_version: ''
    });
    view = new StrategyView(model.asModel(), root);
    return () => {
      view.dispose();
    };
  });

  const control = (key: string) =>
    root.querySelector<HTMLInputElement>(`[data-key="${key}"]`)!;
  const button = (text: string) =>
    [...root.querySelectorAll('button')].find(
      node => node.textContent === text
    )!;
  const write = (key: string, text: string, event = 'input') => {
    control(key).value = text;
    control(key).dispatchEvent(new Event(event));
  };
  const files = () =>
    root.querySelector<HTMLSelectElement>('[aria-label="Saved strategies"]')!;

  it('labels every field, in the section it belongs to', () => {
    for (const node of root.querySelectorAll('[data-key]')) {
      const label = root.querySelector(`label[for="${node.id}"]`);
      expect(label?.textContent).toBeTruthy();
      const described = node.getAttribute('aria-describedby')!.split(' ');
      const words = described.map(id => document.getElementById(id));
      expect(words.map(one => one?.textContent)).toContain(
        `What ${node.getAttribute('data-key')} means.`
      );
    }
    expect(control('costs.cost_bps').closest('fieldset')!.textContent).toMatch(
      /^costscost \(bps\)/
    );
    expect(control('name').closest('fieldset')).toBeNull();
  });

  it('shows the parameters of the chosen rule alone', () => {
    const hidden = (key: string) =>
      control(key).closest<HTMLElement>('.jp-SpreadlabStrategy-field')!.hidden;
    expect(hidden('rule.zscore.lookback')).toBe(false);
    expect(hidden('rule.kalman.entry_z')).toBe(true);
    write('rule.kind', 'kalman', 'change');
    expect(hidden('rule.zscore.lookback')).toBe(true);
    expect(hidden('rule.kalman.entry_z')).toBe(false);
    expect(control('rule.kalman.entry_z').placeholder).toBe('2');
    expect(model.get('values')['rule.kind']).toBe('kalman');
  });

  it('tells the kernel what is written, and keeps what it does not show', () => {
    const before = model.saves;
    write('costs.cost_bps', '7.5');
    expect(model.get('values')).toMatchObject({
      'costs.cost_bps': '7.5',
      'rule.zscore.lookback': '60',
      'sizing.compounding': true
    });
    expect(model.saves).toBe(before + 1);
    control('sizing.compounding').checked = false;
    control('sizing.compounding').dispatchEvent(new Event('change'));
    expect(model.get('values')['sizing.compounding']).toBe(false);
  });

  it('says what is wrong beside the field, and takes it back', () => {
    model.update('problems', { 'costs.cost_bps': "got 'x'; must be a number" });
    const node = control('costs.cost_bps');
    expect(node.getAttribute('aria-invalid')).toBe('true');
    const [problem] = node.getAttribute('aria-describedby')!.split(' ');
    expect(document.getElementById(problem!)!.textContent).toContain(
      'must be a number'
    );
    expect(root.querySelector('[role="status"]')).not.toBeNull();
    expect(root.textContent).toContain('One field needs another value.');
    model.update('problems', {});
    expect(node.hasAttribute('aria-invalid')).toBe(false);
    expect(document.getElementById(problem!)!.hidden).toBe(true);
  });

  it('leaves the caret alone when the kernel says what is there already', () => {
    const node = control('pair.hedge');
    node.focus();
    node.setSelectionRange(1, 1);
    model.update('values', { ...model.get('values'), name: 'other' });
    expect(node.selectionStart).toBe(1);
    expect(control('name').value).toBe('other');
  });

  it('opens a file only when the kernel says so', () => {
    expect([...files().options].map(one => one.value)).toEqual([
      '',
      'cola',
      'oil'
    ]);
    files().value = 'oil';
    files().dispatchEvent(new Event('change'));
    expect(model.sent).toEqual([{ kind: 'open', name: 'oil' }]);
    expect(files().value).toBe('');
    model.update('file', 'oil');
    expect(files().value).toBe('oil');
    expect(root.textContent).toContain('strategies/oil.toml, saved.');
  });

  it('asks for a name where there is no file, with one that can be had', () => {
    const as = root.querySelector('form')!;
    expect(as.hidden).toBe(true);
    root.dispatchEvent(
      new KeyboardEvent('keydown', { key: 's', ctrlKey: true, bubbles: true })
    );
    expect(as.hidden).toBe(false);
    const name = as.querySelector('input')!;
    expect(document.activeElement).toBe(name);
    expect(name.value).toBe('cola-co');
    const enter = { key: 'Enter', bubbles: true, cancelable: true };
    name.dispatchEvent(new KeyboardEvent('keydown', enter));
    expect(model.sent[0]).toEqual({ kind: 'save_as', name: 'cola-co' });
    expect(as.hidden).toBe(true);
  });

  it('saves into the open file, once there is something to save', () => {
    model.update('file', 'cola');
    expect(button('Save').disabled).toBe(true);
    model.update('changed', true);
    expect(root.textContent).toContain('with changes not saved');
    button('Save').click();
    button('Delete').click();
    expect(model.sent).toEqual([{ kind: 'save' }, { kind: 'delete' }]);
  });

  it('asks, with the focus on what changes nothing, and gives it back', () => {
    model.update('file', 'cola');
    button('Delete').focus();
    model.update('question', {
      words: 'Delete cola.toml?',
      choices: [
        ['delete', 'Delete it'],
        ['cancel', 'Cancel']
      ]
    });
    const box = root.querySelector<HTMLElement>('[role="alertdialog"]')!;
    expect(box.getAttribute('aria-label')).toBe('Delete cola.toml?');
    expect(document.activeElement?.textContent).toBe('Cancel');
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(model.sent.at(-1)).toEqual({ kind: 'answer', choice: 'cancel' });
    button('Delete it').click();
    expect(model.sent.at(-1)).toEqual({ kind: 'answer', choice: 'delete' });
    model.update('question', null);
    expect(box.hidden).toBe(true);
    expect(document.activeElement?.textContent).toBe('Delete');
  });

  it('copies the code, and says so', async () => {
    const written: string[] = [];
    vi.stubGlobal('navigator', {
      clipboard: {
        writeText: async (text: string) => {
          written.push(text);
        }
      }
    });
    button('Copy as code').click();
    await vi.waitFor(() => {
      expect(root.textContent).toContain('Copied.');
    });
    expect(written).toEqual(['import spreadlab as sl']);
    vi.unstubAllGlobals();
    model.update('code', '');
    expect(button('Copy as code').disabled).toBe(true);
  });

  it('tells of errors, and leaves no listener behind', () => {
    model.update('error', 'no such file');
    expect(root.querySelector('[role="alert"]')!.textContent).toBe(
      'no such file'
    );
    view.dispose();
    expect(model.listeners()).toBe(0);
    expect(root.childElementCount).toBe(0);
  });

  it('has words for every state', () => {
    expect(statusWords('', 'strategies', true, 0)).toBe('In no file yet.');
    expect(statusWords('', 'strategies', true, 2)).toBe(
      '2 fields need another value.'
    );
    expect(fileName('  Übung 1: KO/PEP ')).toBe('übung-1-ko-pep');
  });
});
