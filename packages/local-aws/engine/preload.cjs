// Loaded into the program's process before anything else.
const { createRequire } = require("node:module");
const path = require("node:path");
const util = require("node:util");

// If the engine's process is killed, the channel between the two breaks and the program ends, instead of waiting for ever
// for a missing monitor. The channel itself doesn't keep the process running.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();

// The SDK shows errors in colours, which don't belong into a log. And with a stack frame like node_modules/@scope/file.ts, which its
// source maps give, Node 20 marks the package's name in a loop that ends only when the text is too long, after most of a minute.
util.inspect = new Proxy(util.inspect, {
  apply(inspect, self, [value, options, ...others]) {
    const plain =
      options !== null && typeof options === "object" && options.colors
        ? { ...options, colors: false }
        : options;
    return Reflect.apply(inspect, self, [value, plain, ...others]);
  },
});

require("./promise-stacks.cjs");

// The SDK reports all that it does, including functions' code, for debugging the engine. This engine shows none of it, and
// reading it took a seventh of a deployment's time.
createRequire(path.join(process.cwd(), "package.json"))("@pulumi/pulumi/log").debug = () => Promise.resolve();
