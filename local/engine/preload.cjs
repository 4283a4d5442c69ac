// Loaded into the program's process before anything else.
const util = require("node:util");

// Should the engine's process be killed, the channel between the two breaks and the program ends, instead of waiting for ever
// for a monitor that is gone. The channel itself keeps nothing alive.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();

// The SDK shows errors in colours. That is not for a log; and with a stack frame like node_modules/@scope/file.ts, as its source
// maps give, Node 20 marks the package's name in a loop that only ends, after most of a minute, when the text is too long.
util.inspect = new Proxy(util.inspect, {
  apply(inspect, self, [value, options, ...others]) {
    const plain =
      options !== null && typeof options === "object" && options.colors
        ? { ...options, colors: false }
        : options;
    return Reflect.apply(inspect, self, [value, plain, ...others]);
  },
});

// The SDK keeps, with every promise, the stack at which it was made, to show it when asked to look for promises that never end. With
// source maps that is a third of the program's time, so it is done only then.
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
