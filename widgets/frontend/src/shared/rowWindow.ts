/** Which rows of a long table are in sight, so that only those have to exist. */

export const ROW_HEIGHT = 26;
const SPARE = 6;

export interface RowWindow {
  first: number;
  /** One past the last. */
  end: number;
}

export function visibleRows(
  scrollTop: number,
  viewHeight: number,
  count: number
): RowWindow {
  const first = Math.max(Math.floor(scrollTop / ROW_HEIGHT) - SPARE, 0);
  const end = Math.min(
    Math.ceil((scrollTop + viewHeight) / ROW_HEIGHT) + SPARE,
    count
  );
  return { first: Math.min(first, Math.max(end, 0)), end };
}

/** The scroll position that brings a row in sight, moving as little as it can. */
export function scrollToRow(
  row: number,
  scrollTop: number,
  viewHeight: number
): number {
  const top = row * ROW_HEIGHT;
  const bottom = top + ROW_HEIGHT;
  if (top < scrollTop) {
    return top;
  }
  return bottom > scrollTop + viewHeight ? bottom - viewHeight : scrollTop;
}

/** Where a key takes the active row; undefined if the key has no meaning here. */
export function moveRow(
  row: number,
  count: number,
  page: number,
  key: string
): number | undefined {
  const target = {
    ArrowUp: row - 1,
    ArrowDown: row + 1,
    PageUp: row - page,
    PageDown: row + page,
    Home: 0,
    End: count - 1
  }[key];
  return target === undefined
    ? undefined
    : Math.min(Math.max(target, 0), count - 1);
}
