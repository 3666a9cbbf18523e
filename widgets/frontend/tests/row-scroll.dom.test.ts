// @vitest-environment jsdom
import { beforeAll, expect, it } from 'vitest';

import { Cleanup } from '../src/shared/dom';
import { RowScroll } from '../src/shared/rowScroll';
import type { RowWindow } from '../src/shared/rowWindow';

beforeAll(() => {
  globalThis.ResizeObserver = class {
    observe(): void {
      // nothing changes size here
    }
    unobserve(): void {
      // nothing was observed
    }
    disconnect(): void {
      // nothing was observed
    }
  };
});

it('draws as many rows off the page as when it was last seen', () => {
  const scroller = document.createElement('div');
  let height = 300;
  Object.defineProperty(scroller, 'clientHeight', { get: () => height });
  let drawn: RowWindow | null = null;
  const scroll = new RowScroll(
    scroller,
    document.createElement('div'),
    {
      count: () => 1000,
      rowId: place => String(place),
      draw: sight => {
        drawn = sight;
      },
      choose: () => {
        throw new Error('nobody chose');
      }
    },
    new Cleanup()
  );
  scroll.draw();
  const seen: unknown = drawn;
  height = 0;
  scroll.draw();
  expect(drawn).toEqual(seen);
  height = 600;
  scroll.draw();
  expect(drawn).not.toEqual(seen);
});
