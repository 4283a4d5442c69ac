// Mocha lifts the limit of stack traces: every error that code makes and handles then costs a walk through the whole stack.
exports.mochaHooks = {
  beforeAll() {
    Error.stackTraceLimit = 25;
  },
};
