/** Colours of the page: the reader's choice, kept in the browser; "auto" follows the system. */
export type PageTheme = 'auto' | 'light' | 'dark';

const KEY = 'spreadlab-page-theme';
const CHOSEN = 'spreadlab:theme';

/** The choice in force. */
export function pageTheme(): PageTheme {
  const kept = window.localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

/** Keep a choice, and have the page's template follow it. */
export function choosePageTheme(theme: PageTheme): void {
  window.localStorage.setItem(KEY, theme);
  document.dispatchEvent(new CustomEvent(CHOSEN));
}
