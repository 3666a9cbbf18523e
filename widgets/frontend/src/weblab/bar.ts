import type { AnyModel, Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/controls.css';
import './bar.css';
import { Cleanup, element } from '../shared/dom';
import { observe } from '../shared/model';
import { Notice } from '../shared/notice';
import { applyTheme, type Theme } from '../shared/theme';
import { shakeHands, type VersionTraits } from '../shared/version';
import { choosePageTheme, pageTheme, type PageTheme } from './pageTheme';
import { namePanels } from './panels';
import { Pulse } from './pulse';

export interface LabBarTraits extends VersionTraits {
  data: string;
  engine: string;
  notice: string;
  pages: string[];
  engine_shown: boolean;
  theme: Theme;
  error: string;
}

const THEMES: readonly (readonly [PageTheme, string])[] = [
  ['auto', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark']
];

export class LabBarView {
  private readonly cleanup = new Cleanup();
  private readonly notice = new Notice();
  private readonly gone = new Notice();
  private readonly data = element('span', 'jp-SpreadlabLab-data');
  private readonly engine = element('button', 'jp-Spreadlab-button', {
    type: 'button',
    title: 'Choose where requests run'
  });

  constructor(
    private readonly model: AnyModel<LabBarTraits>,
    private readonly root: HTMLElement
  ) {
    root.classList.add('jp-Spreadlab-view', 'jp-SpreadlabLab-barview');
    const bar = element('div', 'jp-SpreadlabLab-bar');
    bar.append(
      element('h1', 'jp-SpreadlabLab-name', {}, 'spreadlab'),
      this.data,
      this.engine,
      this.makeThemes()
    );
    root.append(bar, this.gone.node, this.notice.node);
    this.gone.hide();
    this.cleanup.listen(this.engine, 'click', () => {
      model.send({ kind: 'engine' });
    });
    observe(
      model,
      this.cleanup,
      ['data', 'engine', 'notice', 'engine_shown', 'error'],
      () => {
        this.show();
      }
    );
    observe(model, this.cleanup, ['theme'], () => {
      applyTheme(root, model.get('theme'));
    });
    applyTheme(root, model.get('theme'));
    this.show();
    const pulse = new Pulse(model, this.cleanup, () => {
      this.showGone();
    });
    pulse.start();
    namePanels(root, model.get('pages'), this.cleanup);
    model.send({ kind: 'opened' });
  }

  dispose(): void {
    this.cleanup.run();
    this.root.replaceChildren();
  }

  private makeThemes(): HTMLElement {
    const label = element('label', 'jp-Spreadlab-field', {}, 'Colours');
    const select = element('select', 'jp-Spreadlab-select');
    for (const [value, words] of THEMES) {
      select.append(element('option', '', { value }, words));
    }
    select.value = pageTheme();
    this.cleanup.listen(select, 'change', () => {
      choosePageTheme(select.value as PageTheme);
    });
    label.append(select);
    return label;
  }

  private show(): void {
    const { model } = this;
    this.data.textContent = model.get('data');
    this.engine.textContent = `Engine: ${model.get('engine')}`;
    this.engine.setAttribute(
      'aria-expanded',
      String(model.get('engine_shown'))
    );
    const words =
      model.get('error') || model.get('notice') || shakeHands(model);
    if (words) {
      this.notice.show('error', words);
    } else {
      this.notice.hide();
    }
  }

  private showGone(): void {
    this.gone.show(
      'error',
      'The kernel of this page has ended. What the book holds is kept. '
    );
    const again = element(
      'button',
      'jp-Spreadlab-button',
      { type: 'button' },
      'Reload'
    );
    again.addEventListener('click', () => {
      window.location.reload();
    });
    this.gone.node.append(again);
  }
}

const render: Render<LabBarTraits> = ({ model, el }) => {
  const view = new LabBarView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
