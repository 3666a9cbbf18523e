import { element } from './dom';

/** The line that says why there is nothing to see (empty, loading) or what went wrong. */
export class Notice {
  readonly node = element('div', 'jp-Spreadlab-notice', { role: 'status' });

  show(kind: 'empty' | 'loading' | 'error', message: string): void {
    this.node.hidden = false;
    this.node.dataset['kind'] = kind;
    // An error interrupts a screen reader; the other states wait their turn.
    this.node.setAttribute('role', kind === 'error' ? 'alert' : 'status');
    if (this.node.textContent !== message) {
      this.node.textContent = message;
    }
  }

  hide(): void {
    this.node.hidden = true;
    this.node.textContent = '';
  }
}
