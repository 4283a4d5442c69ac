/**
 * Runs a control's bundle as Lambda would, and measures how long it takes to load, and for each invocation its duration, the part of it
 * without an AWS call under way, and its processor time. Reads events as lines of JSON and answers each with one line; the first line
 * is about loading.
 */
const http = require("node:http");
const { syncBuiltinESMExports } = require("node:module");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const readline = require("node:readline");

const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const under = { calls: 0, since: 0, waited: 0, made: 0 };
const begin = () => {
  under.made++;
  if (under.calls++ > 0) return;
  under.since = performance.now();
};
const end = () => {
  if (--under.calls > 0) return;
  under.waited += performance.now() - under.since;
};
// A call is under way from its request to the last byte of its answer.
const request = http.request;
http.request = function (...args) {
  const made = request.apply(http, args);
  let open = true;
  begin();
  const done = () => {
    if (open) end();
    open = false;
  };
  made.on("response", (response) => response.on("end", done).on("close", done));
  made.on("error", done);
  return made;
};

// Bundles are ES modules, whose imports were bound before the replacement above.
syncBuiltinESMExports();

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  // Standard output is for answers, not for the function's own output.
  const answer = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true;
  const began = performance.now();
  const beganProcessor = processor();
  const { handler } = await import(path.join(process.env.LAMBDA_TASK_ROOT, "index.mjs"));
  answer(
    `${JSON.stringify({ loaded: performance.now() - began, loadedProcessor: processor() - beganProcessor })}\n`,
  );
  for (;;) {
    const { value, done } = await lines.next();
    if (done) return;
    const event = JSON.parse(value);
    Object.assign(under, { waited: 0, made: 0 });
    const used = processor();
    const start = performance.now();
    const result = await handler(event, { getRemainingTimeInMillis: () => 55_000 });
    const milliseconds = performance.now() - start;
    answer(
      `${JSON.stringify({
        result,
        milliseconds,
        own: milliseconds - under.waited,
        processor: processor() - used,
        calls: under.made,
        megabytes: process.memoryUsage().rss / 1e6,
      })}\n`,
    );
  }
}

void main();
