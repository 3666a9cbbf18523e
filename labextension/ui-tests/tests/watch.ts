import { expect, type Page } from '@playwright/test';

/** What a page must not do: complain on its console, or ask another machine for anything. */
export class Watch {
  readonly complaints: string[] = [];
  private readonly strays: string[] = [];

  constructor(page: Page) {
    page.on('console', message => {
      if (message.type() === 'error') {
        this.complaints.push(`${message.text()} (${message.location().url})`);
      }
    });
    page.on('pageerror', error => {
      this.complaints.push(String(error));
    });
    page.on('request', request => {
      const { protocol, hostname } = new URL(request.url());
      const local =
        ['data:', 'blob:', 'file:'].includes(protocol) ||
        hostname === '127.0.0.1';
      if (!local) {
        this.strays.push(request.url());
      }
    });
  }

  /** @param known - complaints that the page has without us */
  check(known: readonly string[] = []): void {
    const ours = this.complaints.filter(text => !known.includes(text));
    expect(ours, 'errors on the console').toEqual([]);
    expect(this.strays, 'requests that leave the machine').toEqual([]);
  }
}
