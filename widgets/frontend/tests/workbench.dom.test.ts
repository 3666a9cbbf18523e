// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { BarView, type BarTraits } from '../src/workbench/view';
import { FakeModel } from './model';

const STATE: BarTraits = {
  place: 'top',
  data: '20 symbols × 2,264 bars',
  engine: 'local',
  busy: '',
  code: 'import spreadlab as sl',
  theme: 'auto',
  error: '',
  _version: '0.0.0-test',
  _view_version: ''
};

describe('workbench bars', () => {
  let around: HTMLElement;
  let top: FakeModel<BarTraits>;
  let bottom: FakeModel<BarTraits>;

  beforeEach(() => {
    vi.useFakeTimers();
    document.body.replaceChildren();
    around = document.createElement('div');
    around.className = 'jp-SpreadlabWorkbench';
    document.body.append(around);
    const views = (['top', 'bottom'] as const).map(place => {
      const root = document.createElement('div');
      const model = new FakeModel<BarTraits>({ ...STATE, place });
      const view = new BarView(model.asModel(), root);
      around.append(root); // as a page does: a view is made before it has a place
      return { model, view };
    });
    top = views[0]!.model;
    bottom = views[1]!.model;
    vi.advanceTimersByTime(20); // the frame in which keys are listened for
    return () => {
      views.forEach(({ view }) => {
        view.dispose();
      });
      expect([top.listeners(), bottom.listeners()]).toEqual([0, 0]);
      vi.useRealTimers();
    };
  });

  const press = (key: string, target: HTMLElement = around) => {
    target.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
    );
  };
  const named = (text: string) =>
    [...around.querySelectorAll('button')].find(
      node =>
        node.textContent === text || node.getAttribute('aria-label') === text
    )!;

  it('leaves keys to those who type', () => {
    const field = document.createElement('input');
    field.type = 'search';
    around.append(field);
    press('?', field);
    press('p', field);
    expect(bottom.sent).toEqual([]);
    expect(around.querySelector<HTMLElement>('dl')!.hidden).toBe(true);
  });

  it('shows the keys and trades the policy by a key', () => {
    const keys = around.querySelector<HTMLElement>('dl')!;
    press('?');
    expect(keys.hidden).toBe(false);
    press('?');
    expect(keys.hidden).toBe(true);
    press('p');
    expect(bottom.sent).toEqual([{ kind: 'policy' }]);
  });

  it('asks for the engine, a new run, the page and the state', () => {
    named('Engine').click();
    named('Compute everything again').click();
    named('Export HTML').click();
    named('Save state').click();
    expect(top.sent.map(m => m['kind'])).toEqual(['engine', 'refresh']);
    expect(bottom.sent.map(m => m['kind'])).toEqual(['export', 'state']);
  });

  it('hands over files without leaving the page', () => {
    const made: string[] = [];
    URL.createObjectURL = () => 'blob:here';
    URL.revokeObjectURL = () => undefined;
    HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
      made.push(`${this.download} ${this.href}`);
    };
    bottom.receive({ kind: 'file', name: 'workbench.html', text: '<p>' });
    bottom.receive({ kind: 'state', state: { version: 1 } });
    expect(made).toEqual([
      'workbench.html blob:here',
      'workbench.json blob:here'
    ]);
  });

  it('copies the code', async () => {
    const written: string[] = [];
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: {
        writeText: (text: string) => {
          written.push(text);
          return Promise.resolve();
        }
      }
    });
    named('Copy as code').click();
    await vi.advanceTimersByTimeAsync(1);
    expect(written).toEqual([STATE.code]);
    expect(around.textContent).toContain('Copied.');
    expect(bottom.sent).toEqual([{ kind: 'copied' }]); // what is taken away was looked at
  });

  it('tells that it is busy, and of errors', () => {
    expect(around.getAttribute('aria-busy')).toBe('false'); // from the first
    bottom.update('busy', 'scanning all pairs …');
    top.update('engine', 'another');
    expect(around.getAttribute('aria-busy')).toBe('true');
    bottom.update('busy', '');
    expect(around.getAttribute('aria-busy')).toBe('false');
    top.update('error', 'broken');
    expect(around.querySelector('[role="alert"]')!.textContent).toBe('broken');
  });
});
