import { element, write, type Cleanup } from '../shared/dom';
import type { Action, Run } from './data';

const ACTIONS: readonly [Action, string, string][] = [
  ['start', '▶ Start', 'Begin to listen to the feed'],
  ['pause', '❚❚ Pause', 'Let the replay stand still'],
  ['resume', '▶ Go on', 'Let the replay go on'],
  ['stop', '■ Stop', 'Stop the session for good']
];

export interface RunHost {
  act(action: Action): void;
  speed(speed: number | null): void;
}

/** How the session runs, in words, and the buttons for it. */
export class RunBar {
  readonly node = element('div', 'jp-SpreadlabLive-run', {
    role: 'group',
    'aria-label': 'Session'
  });
  private readonly state = element('strong', 'jp-SpreadlabLive-state', {
    role: 'status'
  });
  private readonly progress = element('span', 'jp-SpreadlabLive-progress');
  private readonly feed = element('span', 'jp-SpreadlabLive-feed', {
    role: 'status'
  });
  private readonly buttons = new Map<Action, HTMLButtonElement>();
  private readonly speed = element('input', 'jp-Spreadlab-input', {
    type: 'number',
    min: '0',
    step: 'any',
    placeholder: 'full',
    title: 'Bars a second; empty for as fast as it goes'
  });
  private readonly field = element(
    'label',
    'jp-Spreadlab-field',
    {},
    'bars a second'
  );

  constructor(cleanup: Cleanup, host: RunHost) {
    for (const [action, label, title] of ACTIONS) {
      const button = element(
        'button',
        'jp-Spreadlab-button',
        { type: 'button', title, 'data-action': action },
        label
      );
      cleanup.listen(button, 'click', () => {
        host.act(action);
      });
      this.buttons.set(action, button);
    }
    this.field.append(this.speed);
    cleanup.listen(this.speed, 'change', () => {
      const text = this.speed.value.trim();
      host.speed(text === '' ? null : Number(text));
    });
    this.node.append(
      ...this.buttons.values(),
      this.field,
      this.state,
      this.progress,
      this.feed
    );
  }

  show(run: Run): void {
    const focused = document.activeElement;
    for (const [action, button] of this.buttons) {
      button.hidden = !run.actions.includes(action);
    }
    // Who pressed Pause wants to press Go on next: the keyboard's place is not lost.
    if (focused instanceof HTMLButtonElement && focused.hidden) {
      const next = [...this.buttons.values()].find(button => !button.hidden);
      if ([...this.buttons.values()].includes(focused)) {
        next?.focus();
      }
    }
    this.field.hidden = !(run.replays ?? false) || run.actions.length === 0;
    if (document.activeElement !== this.speed) {
      this.speed.value = run.speed === null ? '' : String(run.speed);
    }
    this.state.dataset['state'] = run.state;
    write(this.state, run.words);
    write(this.feed, run.feed === '' ? '' : `feed: ${run.feed}`);
  }

  far(words: string): void {
    write(this.progress, words);
  }
}
