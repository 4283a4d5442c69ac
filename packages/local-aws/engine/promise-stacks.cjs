// The SDK keeps with every promise the stack at its creation, to show it when asked to find promises that never end. With
// source maps that takes a third of the program's time, so it is done only when asked.
if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
  const { createRequire } = require("node:module");
  const path = require("node:path");
  const debuggable = createRequire(path.join(process.cwd(), "package.json"))(
    "@pulumi/pulumi/runtime/debuggable",
  );
  const { debuggablePromise } = debuggable;
  debuggable.debuggablePromise = (...args) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...args);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
