/** The keys of the whole workbench; each view has its own beside them. */
export const KEYS: readonly (readonly [keys: string, words: string])[] = [
  ['Tab', 'next view or control'],
  ['↑ ↓ ← →', 'move through the pairs, over the map or the sweep'],
  ['Enter', 'choose the pair, or trade the cell'],
  ['[ ]', 'move the end of the in-sample window'],
  ['{ }', 'move its start'],
  ['← →', 'move the crosshair of a picture, or a slider'],
  ['p', 'trade the policy again after a cell of the sweep'],
  ['?', 'show or hide these keys']
];
