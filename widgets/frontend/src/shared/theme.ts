import type { Cleanup } from './dom';

export type Theme = 'auto' | 'light' | 'dark';

/** Colours that a canvas needs as strings; every other colour stays in the stylesheet. */
export interface Palette {
  text: string;
  faint: string;
  background: string;
  boundary: string;
  long: string;
  short: string;
  flat: string;
  onLong: string;
  onShort: string;
  onFlat: string;
  font: string;
}

/** "auto" follows the page; "light" and "dark" override it for this view alone. */
export function applyTheme(root: HTMLElement, theme: Theme): void {
  root.classList.toggle('jp-mod-light', theme === 'light');
  root.classList.toggle('jp-mod-dark', theme === 'dark');
  root.style.colorScheme = theme === 'auto' ? '' : theme;
}

/** Whether an element is drawn on a dark page, by the text that is written there. */
export function isDark(root: HTMLElement): boolean {
  const channels = /\d+(?:\.\d+)?/g;
  const [red = 0, green = 0, blue = 0] = (
    getComputedStyle(root).color.match(channels) ?? []
  ).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 128;
}

/** The colours in force at an element. */
export function readPalette(root: HTMLElement): Palette {
  // A custom property reads back as it was written; a colour that uses it reads back resolved.
  const probe = document.createElement('span');
  root.append(probe);
  const style = getComputedStyle(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--spreadlab-${name})`;
    return style.color;
  };
  const palette = {
    text: colour('text'),
    faint: colour('faint'),
    background: colour('background'),
    boundary: colour('boundary'),
    long: colour('long'),
    short: colour('short'),
    flat: colour('flat'),
    onLong: colour('on-long'),
    onShort: colour('on-short'),
    onFlat: colour('on-flat'),
    font: style.fontFamily
  };
  probe.remove();
  return palette;
}

/** What charts draw lines with: `--spreadlab-*` colours by name. */
export type ChartColours = Record<(typeof CHART_COLOURS)[number], string> & {
  font: string;
};

const CHART_COLOURS = [
  'text',
  'faint',
  'background',
  'line',
  'soft-line',
  'focus',
  'boundary',
  'long',
  'short',
  'flat',
  'long-line',
  'short-line',
  'second',
  'accent',
  'alert'
] as const;

/** The colours of charts in force at an element. */
export function readChartColours(root: HTMLElement): ChartColours {
  const probe = document.createElement('span');
  root.append(probe);
  const style = getComputedStyle(probe);
  const entries = CHART_COLOURS.map(name => {
    probe.style.color = `var(--spreadlab-${name})`;
    return [name, style.color] as const;
  });
  const colours = {
    ...Object.fromEntries(entries),
    font: style.fontFamily
  } as ChartColours;
  probe.remove();
  return colours;
}

/** Call when the page changes its theme or the screen its pixel density. */
export function onAppearance(cleanup: Cleanup, callback: () => void): void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, {
    attributes: true,
    // JupyterLab hides the body by its style while it changes the theme.
    attributeFilter: [
      'class',
      'data-jp-theme-light',
      'data-jp-theme-name',
      'style'
    ]
  });
  cleanup.add(() => {
    observer.disconnect();
  });
  watchMedia(cleanup, '(prefers-color-scheme: dark)', callback);
  watchMedia(cleanup, `(resolution: ${window.devicePixelRatio}dppx)`, callback);
}

function watchMedia(
  cleanup: Cleanup,
  query: string,
  callback: () => void
): void {
  const media = window.matchMedia(query);
  media.addEventListener('change', callback);
  cleanup.add(() => {
    media.removeEventListener('change', callback);
  });
}
