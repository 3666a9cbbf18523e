// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { jobWords, type JobRow } from '../src/engine/jobs';
import { EngineView, type EngineTraits } from '../src/engine/view';
import { FakeModel } from './model';

const JOB: JobRow = {
  id: 'abc-1',
  task: 'scan',
  done: 3,
  planned: 12,
  fraction: 0.25,
  seconds: 2,
  left: 6
};

describe('engine panel', () => {
  let model: FakeModel<EngineTraits>;
  let root: HTMLElement;
  let view: EngineView;

  beforeEach(() => {
    vi.useFakeTimers();
    document.body.replaceChildren();
    root = document.createElement('div');
    document.body.append(root);
    // jsdom lays nothing out: an element in the page counts as seen.
    root.getClientRects = () => [{}] as unknown as DOMRectList;
    model = new FakeModel<EngineTraits>({
      address: 'local',
      state: 'connected',
      words: 'local · 2 threads',
      theme: 'auto',
      error: '',
      _version: '0.0.0-test',
      _view_version: ''
    });
    view = new EngineView(model.asModel(), root);
    return () => {
      view.dispose();
      vi.useRealTimers();
    };
  });

  const field = (type: string) =>
    root.querySelector<HTMLInputElement>(`input[type="${type}"]`)!;
  const place = (where: string) =>
    root.querySelector<HTMLInputElement>(`input[value="${where}"]`)!;
  const choose = (where: string) => {
    place(where).checked = true;
    place(where).dispatchEvent(new Event('change'));
  };

  it('shows the fields of the place that was chosen', () => {
    const hidden = () =>
      [...root.querySelectorAll<HTMLElement>('.jp-Spreadlab-field')].map(
        node => node.hidden
      );
    expect(hidden()).toEqual([false, true, true, true]);
    choose('remote');
    expect(hidden()).toEqual([true, false, false, false]);
    choose('cluster');
    expect(hidden()).toEqual([true, false, true, true]);
  });

  it('sends a token once and forgets it', () => {
    choose('remote');
    field('text').value = 'box:1';
    field('password').value = 'secret';
    root.querySelector('form')!.dispatchEvent(new Event('submit'));
    expect(model.sent.at(-1)).toEqual({
      kind: 'connect',
      where: 'remote',
      host: 'box:1',
      threads: '',
      tls: false,
      token: 'secret'
    });
    expect(field('password').value).toBe('');
    expect(JSON.stringify(model.state)).not.toContain('secret');
  });

  it('fills the form with the engine in use', () => {
    model.update('address', 'grpcs://box:7');
    expect(place('remote').checked).toBe(true);
    expect(field('text').value).toBe('box:7');
    expect(field('checkbox').checked).toBe(true);
    model.update('address', 'local?threads=3');
    expect(field('number').value).toBe('3');
  });

  it('asks for the jobs again only when the last answer is there', () => {
    const asked = () => model.sent.filter(m => m['kind'] === 'jobs').length;
    expect(asked()).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(asked()).toBe(1);
    model.receive({ kind: 'jobs', jobs: [] });
    vi.advanceTimersByTime(1000);
    expect(asked()).toBe(2);
    view.dispose();
    vi.advanceTimersByTime(5000);
    expect(asked()).toBe(2);
  });

  it('keeps the rows of the jobs, and cancels', () => {
    model.receive({ kind: 'jobs', jobs: [JOB] });
    const stop = root.querySelector<HTMLElement>('[aria-label="Cancel scan"]')!;
    stop.focus();
    model.receive({ kind: 'jobs', jobs: [{ ...JOB, fraction: 0.5 }] });
    expect(document.activeElement).toBe(stop);
    expect(root.textContent).toContain('50 % of 12 tiles');
    stop.click();
    expect(model.sent.at(-1)).toEqual({ kind: 'cancel', id: 'abc-1' });
    model.receive({ kind: 'jobs', jobs: [] });
    expect(root.textContent).toContain('No running jobs');
  });

  it('is busy while it connects, and tells of failure', () => {
    model.update('state', 'connecting');
    expect(root.getAttribute('aria-busy')).toBe('true');
    expect(root.querySelector<HTMLButtonElement>('form button')!.disabled).toBe(
      true
    );
    model.update('error', 'refused');
    model.update('state', 'failed');
    expect(root.querySelector('[role="alert"]')!.textContent).toBe('refused');
  });

  it('tells how far a job is', () => {
    expect(jobWords(JOB)).toBe('25 % of 12 tiles after 2.00 s, 6.00 s left');
  });
});
