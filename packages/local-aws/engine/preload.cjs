// Loaded into the program's process before anything else.
const { createRequire } = require("node:module");
const path = require("node:path");
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

require("./promise-stacks.cjs");

// The SDK sends word of all it does, functions' code included, for whoever debugs the engine. This one shows none of it, and took a
// seventh of a deployment's time for it.
createRequire(path.join(process.cwd(), "package.json"))("@pulumi/pulumi/log").debug = () => Promise.resolve();
