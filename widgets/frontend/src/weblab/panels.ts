import type { Cleanup } from '../shared/dom';

/**
 * Say of what each tab shows that it is the tab's panel: ipywidgets does so of tabs alone.
 *
 * Tabs and what they show are drawn after the bar, one at a time, and may be drawn again.
 */
export function namePanels(
  bar: HTMLElement,
  titles: readonly string[],
  cleanup: Cleanup
): void {
  const panels = new MutationObserver(() => {
    name(panelsOf(bar), titles);
  });
  const page = new MutationObserver(() => {
    const box = panelsOf(bar);
    if (box !== null) {
      page.disconnect();
      name(box, titles);
      panels.observe(box, { childList: true });
    }
  });
  page.observe(document.body, { childList: true, subtree: true });
  cleanup.add(() => {
    page.disconnect();
    panels.disconnect();
  });
}

function panelsOf(bar: HTMLElement): Element | null {
  const lab = bar.closest('.jp-SpreadlabLab');
  return (
    lab?.querySelector(
      ':scope > .jp-SpreadlabLab-tabs > .widget-tab-contents'
    ) ?? null
  );
}

function name(box: Element | null, titles: readonly string[]): void {
  [...(box?.children ?? [])].forEach((panel, k) => {
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-label', titles[k] ?? '');
  });
}
