/** The keys of the whole workbench; each view has its own beside them. */
export const KEYS: readonly (readonly [keys: string, words: string])[] = [
  ['Tab', 'next view or control'],
  ['↑ ↓', 'move through the pairs, or the cells of the sweep'],
  ['Enter', 'choose the pair, or trade the cell'],
  [
    '[ ]',
    'move the end of the in-sample window by a bar, with Shift its start'
  ],
  ['← →', 'move the crosshair of a picture, or a slider'],
  ['p', 'trade the policy again after a cell of the sweep'],
  ['?', 'show or hide these keys']
];

/** What a key does to the window; null for another key. */
export function moveWindow(
  key: string,
  start: number,
  stop: number
): { start: number; stop: number } | null {
  switch (key) {
    case '[':
      return { start, stop: stop - 1 };
    case ']':
      return { start, stop: stop + 1 };
    case '{':
      return { start: start - 1, stop };
    case '}':
      return { start: start + 1, stop };
    default:
      return null;
  }
}
