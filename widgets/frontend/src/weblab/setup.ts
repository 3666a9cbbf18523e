import type { AnyModel, Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/controls.css';
import './setup.css';
import { Cleanup, element } from '../shared/dom';
import { observe } from '../shared/model';
import { Notice } from '../shared/notice';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';

export interface OfferRow {
  name: string;
  words: string;
  source: string;
  problem: string;
}

export interface SetupTraits extends VersionTraits {
  offers: OfferRow[];
  chosen: string[];
  state: 'waiting' | 'ready' | 'busy';
  words: string;
  action: string;
  can_start_over: boolean;
  theme: Theme;
  error: string;
}

const BUSY: Record<SetupTraits['state'], string> = {
  waiting: 'Opening the book …',
  busy: 'Forming the models …',
  ready: ''
};

/** Strategies with a box each, and what starts them. */
export class SetupView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly list = element('fieldset', 'jp-SpreadlabLab-offers');
  private readonly words = element('p', 'jp-SpreadlabLab-words');
  private readonly start = element('button', 'jp-Spreadlab-button', {
    type: 'button'
  });
  private readonly over = element(
    'button',
    'jp-Spreadlab-button',
    { type: 'button', title: 'Put the book away and begin an empty one' },
    'Start over'
  );
  private readonly boxes = new Map<string, HTMLInputElement>();

  constructor(
    private readonly model: AnyModel<SetupTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabLab-setup');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'What is traded');
    const buttons = element('div', 'jp-SpreadlabLab-buttons');
    buttons.append(this.start, this.over, this.words);
    root.append(this.list, buttons, this.notice.node);
    this.cleanup.listen(this.start, 'click', () => {
      model.send({ kind: 'begin', names: this.read() });
    });
    this.cleanup.listen(this.over, 'click', () => {
      model.send({ kind: 'over' });
    });
    observe(model, this.cleanup, ['offers', 'chosen'], () => {
      this.showOffers();
    });
    observe(
      model,
      this.cleanup,
      ['state', 'words', 'action', 'can_start_over', 'error'],
      () => {
        this.showState();
      }
    );
    observe(model, this.cleanup, ['theme'], () => {
      applyTheme(root, model.get('theme'));
    });
    applyTheme(root, model.get('theme'));
    this.showOffers();
    this.showState();
  }

  dispose(): void {
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private read(): string[] {
    return [...this.boxes]
      .filter(([, box]) => box.checked)
      .map(([name]) => name);
  }

  private showOffers(): void {
    const chosen = new Set(this.model.get('chosen'));
    const focused = [...this.boxes].find(
      ([, box]) => box === document.activeElement
    )?.[0];
    this.boxes.clear();
    this.list.replaceChildren(element('legend', '', {}, 'Strategies'));
    for (const offer of this.model.get('offers')) {
      this.list.append(this.makeOffer(offer, chosen.has(offer.name)));
    }
    if (focused !== undefined) {
      this.boxes.get(focused)?.focus();
    }
  }

  private makeOffer(offer: OfferRow, chosen: boolean): HTMLElement {
    const row = element('label', 'jp-SpreadlabLab-offer');
    const box = element('input', 'jp-Spreadlab-input', {
      type: 'checkbox',
      value: offer.name
    });
    if (offer.problem) {
      box.disabled = true;
    } else {
      box.checked = chosen;
      this.boxes.set(offer.name, box);
    }
    row.append(
      box,
      element('span', 'jp-SpreadlabLab-offername', {}, offer.name),
      element('span', 'jp-SpreadlabLab-faint', {}, offer.words),
      element('span', 'jp-SpreadlabLab-faint', {}, offer.source)
    );
    if (offer.problem) {
      row.append(element('span', 'jp-SpreadlabLab-problem', {}, offer.problem));
    }
    return row;
  }

  private showState(): void {
    const state = this.model.get('state');
    const error = this.model.get('error') || shakeHands(this.model);
    this.start.textContent = this.model.get('action');
    this.start.disabled = state !== 'ready';
    this.over.disabled = state !== 'ready';
    this.over.hidden = !this.model.get('can_start_over');
    this.words.textContent = this.model.get('words');
    this.root.setAttribute('aria-busy', String(state !== 'ready'));
    if (state !== 'ready') {
      this.notice.show('loading', BUSY[state]);
    } else if (error) {
      this.notice.show('error', error);
    } else {
      this.notice.hide();
    }
  }
}

const render: Render<SetupTraits> = ({ model, el }) => {
  const view = new SetupView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
