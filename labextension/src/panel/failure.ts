import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { IFailure } from './explain';

/** A failure on the page, with a way to try again. */
export class FailureView extends Widget {
  constructor(
    failure: IFailure,
    retry: () => void,
    retryLabel: string,
    trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-SpreadlabFailure');
    this.node.setAttribute('role', 'alert');
    const heading = document.createElement('h2');
    heading.textContent = failure.title;
    const message = document.createElement('p');
    message.textContent = failure.message;
    this.node.append(heading, message);
    if (failure.command !== null) {
      this.node.append(commandLine(failure.command, trans));
    }
    this.node.append(button(retryLabel, retry, 'jp-mod-accept'));
    if (failure.details !== '') {
      const details = document.createElement('details');
      const summary = document.createElement('summary');
      summary.textContent = trans.__('Details');
      const text = document.createElement('pre');
      text.tabIndex = 0;
      text.textContent = failure.details;
      details.append(summary, text);
      this.node.append(details);
    }
  }
}

function commandLine(command: string, trans: TranslationBundle): HTMLElement {
  const line = document.createElement('div');
  line.className = 'jp-SpreadlabFailure-command';
  const code = document.createElement('code');
  code.textContent = command;
  line.append(
    code,
    button(
      trans.__('Copy command'),
      () => {
        Clipboard.copyToSystem(command);
      },
      'jp-mod-minimal'
    )
  );
  return line;
}

function button(
  label: string,
  onClick: () => void,
  kind: string
): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = `jp-Button jp-mod-styled ${kind}`;
  node.textContent = label;
  node.addEventListener('click', onClick);
  return node;
}
