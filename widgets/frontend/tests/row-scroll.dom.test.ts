// @vitest-environment jsdom
import { beforeAll, expect, it } from 'vitest';

import { Cleanup } from '../src/shared/dom';
import { RowScroll } from '../src/shared/rowScroll';
import { ROW_HEIGHT, type RowWindow } from '../src/shared/rowWindow';
import { standInForLayout } from './noLayout';

beforeAll(standInForLayout);

function thousandRows(
  scroller: HTMLElement,
  draw: (sight: RowWindow) => void
): RowScroll {
  return new RowScroll(
    scroller,
    document.createElement('div'),
    {
      count: () => 1000,
      rowId: place => String(place),
      draw,
      choose: () => {
        throw new Error('nobody chose');
      }
    },
    new Cleanup()
  );
}

it('brings a row in sight that was chosen before the view was on the page', () => {
  const scroller = document.createElement('div');
  let height = 0;
  Object.defineProperty(scroller, 'clientHeight', { get: () => height });
  let drawn: RowWindow | null = null;
  const scroll = thousandRows(scroller, sight => {
    drawn = sight;
  });
  scroll.activate(500);
  scroll.draw();
  expect(scroller.scrollTop).toBe(0);
  height = 10 * ROW_HEIGHT;
  scroll.draw();
  expect(scroller.scrollTop).toBe(491 * ROW_HEIGHT);
  expect(scroller.getAttribute('aria-activedescendant')).toBe('500');
  expect(drawn!.first).toBeLessThanOrEqual(491);
  // Once: what the reader scrolls to then stays.
  scroller.scrollTop = 0;
  scroll.draw();
  expect(scroller.scrollTop).toBe(0);
});

it('draws as many rows off the page as when it was last seen', () => {
  const scroller = document.createElement('div');
  let height = 300;
  Object.defineProperty(scroller, 'clientHeight', { get: () => height });
  let drawn: RowWindow | null = null;
  const scroll = thousandRows(scroller, sight => {
    drawn = sight;
  });
  scroll.draw();
  const seen: unknown = drawn;
  height = 0;
  scroll.draw();
  expect(drawn).toEqual(seen);
  height = 600;
  scroll.draw();
  expect(drawn).not.toEqual(seen);
});

it('goes back to where it was when the page takes it away and puts it back', async () => {
  const scroller = document.createElement('div');
  Object.defineProperty(scroller, 'clientHeight', { get: () => 300 });
  const drawn: RowWindow[] = [];
  const scroll = thousandRows(scroller, sight => {
    drawn.push(sight);
  });
  const comesBack = (): void => {
    scroller.scrollTop = 0; // as the page does, without a word
    scroller.dispatchEvent(new Event('animationstart'));
  };
  scroll.activate(500);
  scroll.draw();
  const there = scroller.scrollTop;
  expect(there).toBeGreaterThan(0);
  comesBack();
  expect(scroller.scrollTop).toBe(there);
  scroller.scrollTop = 2600;
  scroller.dispatchEvent(new Event('scroll'));
  comesBack();
  expect(scroller.scrollTop).toBe(2600);
  // The page may also tell of it as if the reader had scrolled.
  scroller.scrollTop = 0;
  scroller.dispatchEvent(new Event('scroll'));
  scroller.dispatchEvent(new Event('animationstart'));
  expect(scroller.scrollTop).toBe(2600);
  await new Promise(requestAnimationFrame);
  expect(drawn.at(-1)!.first).toBeLessThanOrEqual(100);
  expect(drawn.at(-1)!.end).toBeGreaterThan(100);
});
