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
