import { integer, short } from '../shared/format';

export interface ProgressFacts {
  done: number;
  planned: number;
  rate: number | null;
  timeLeft: number | null;
}

/** "1,230 of 4,950 pairs, 12,300 a second, 3 s left". */
export function progressWords(facts: ProgressFacts): string {
  const parts = [`${integer(facts.done)} of ${integer(facts.planned)} pairs`];
  if (facts.rate !== null) {
    parts.push(`${short(facts.rate)} a second`);
  }
  if (facts.timeLeft !== null) {
    parts.push(`${duration(facts.timeLeft)} left`);
  }
  return parts.join(', ');
}

export function duration(seconds: number): string {
  if (seconds < 1) {
    return 'less than a second';
  }
  if (seconds < 90) {
    return `${Math.round(seconds)} s`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 90
    ? `${minutes} min`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const KEYS: readonly (readonly [string, string])[] = [
  ['↑ ↓ ← →', 'move through the table, or over the map'],
  ['Enter', 'select the pair'],
  ['Page Up, Page Down, Home, End', 'move further'],
  ['[ ]', 'move the end of the window'],
  ['{ }', 'move its start'],
  ['Tab', 'next part'],
  ['?', 'show or hide these keys']
];
