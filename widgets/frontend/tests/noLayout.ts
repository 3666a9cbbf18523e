/** Make something whose observers of sizes are told by the test: by calling what comes back. */
export function withSizes(make: () => void): () => void {
  const told: (() => void)[] = [];
  const before = globalThis.ResizeObserver;
  globalThis.ResizeObserver = class extends before {
    constructor(callback: ResizeObserverCallback) {
      super(callback);
      told.push(() => {
        callback([], this);
      });
    }
  };
  try {
    make();
  } finally {
    globalThis.ResizeObserver = before;
  }
  return () => {
    told.forEach(tell => {
      tell();
    });
  };
}

/** Stand in for what jsdom lacks, which lays nothing out and draws nothing. */
export function standInForLayout(): void {
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
  window.matchMedia = () =>
    ({
      addEventListener: () => undefined,
      removeEventListener: () => undefined
    }) as unknown as MediaQueryList;
  HTMLCanvasElement.prototype.getContext = () => null;
}
