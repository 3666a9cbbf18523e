// Voila asks for MathJax, by default of another machine, as soon as a cell shows HTML. This answers in
// its place: formulas stay as they were written.
const nothing = () => undefined;
globalThis.MathJax = {
  Hub: {
    Config: nothing,
    Configured: nothing,
    Queue: nothing,
    Register: { StartupHook: nothing }
  }
};
