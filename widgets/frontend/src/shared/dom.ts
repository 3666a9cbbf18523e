/**
 * Elements that have a use for keys of their own. JupyterLab's shortcuts match the focused element
 * before they look at those around it, so each has to say that its keys are not for them.
 */
const TAKE_KEYS = new Set(['button', 'input', 'select', 'textarea']);

/** Make an element with a class and, if given, attributes and text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  attributes: Readonly<Record<string, string>> = {},
  text = ''
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (TAKE_KEYS.has(tag)) {
    node.setAttribute('data-lm-suppress-shortcuts', 'true');
  }
  node.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  node.textContent = text;
  return node;
}

/**
 * A name that no other element of the page has. Counting would not do: every widget of a notebook
 * loads this module anew.
 */
export function uniqueId(prefix: string): string {
  return `${prefix}-${Math.random().toString(36).slice(2, 10)}`;
}

/** Things to undo when a view goes away. */
export class Cleanup {
  private undo: (() => void)[] = [];

  add(undo: () => void): void {
    this.undo.push(undo);
  }

  /** Listen until the view goes away. */
  listen<K extends keyof HTMLElementEventMap>(
    target: HTMLElement,
    type: K,
    handler: (event: HTMLElementEventMap[K]) => void
  ): void {
    target.addEventListener(type, handler);
    this.add(() => {
      target.removeEventListener(type, handler);
    });
  }

  run(): void {
    for (const undo of this.undo.splice(0).reverse()) {
      undo();
    }
  }
}

/**
 * Call at most once a frame, however often it is asked: with `request` in the next frame, with
 * `soon` at once, so that the frame only has to show it, unless this frame had its call.
 */
export function oncePerFrame(callback: () => void): {
  request: () => void;
  soon: () => void;
  cancel: () => void;
} {
  let handle: number | null = null;
  let asked = false;
  let called = false; // since the last frame
  const frame = (): void => {
    handle ??= requestAnimationFrame(() => {
      handle = null;
      called = false;
      if (asked) {
        asked = false;
        callback();
      }
    });
  };
  return {
    request: () => {
      asked = true;
      frame();
    },
    soon: () => {
      asked = called;
      if (!called) {
        called = true;
        frame();
        callback();
      }
    },
    cancel: () => {
      if (handle !== null) {
        cancelAnimationFrame(handle);
        handle = null;
      }
      asked = called = false;
    }
  };
}

/**
 * Write a text where it is another one: who listens to the page is told of changes only. What holds
 * the text stays, since a new one would have to be laid out from nothing.
 */
export function write(node: Element, text: string): void {
  const only = node.firstChild;
  if (only instanceof Text && only === node.lastChild) {
    if (only.data !== text) {
      only.data = text;
    }
  } else if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Call at most every `interval` ms; of calls that come faster the last one is kept. */
export function throttle(
  callback: () => void,
  interval: number
): { request: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let waiting = false;
  const fire = (): void => {
    timer = null;
    if (waiting) {
      waiting = false;
      timer = setTimeout(fire, interval);
      callback();
    }
  };
  return {
    request: () => {
      waiting = true;
      if (timer === null) {
        fire();
      }
    },
    cancel: () => {
      waiting = false;
      if (timer !== null) {
        clearTimeout(timer);
        timer = null;
      }
    }
  };
}
