import assert from "node:assert/strict";
import { runSteps, type Step } from "./progress";

/** Runs the steps as in a log, and returns what was written to standard error. */
async function shown(steps: Step<object>[], signal = new AbortController().signal): Promise<string> {
  const write = process.stderr.write.bind(process.stderr);
  let text = "";
  process.stderr.write = (chunk: string | Uint8Array) => {
    text += chunk.toString();
    return true;
  };
  try {
    await runSteps(steps, {}, { signal, terminal: false });
  } catch (error) {
    text += `rejected: ${(error as Error).message}`;
  } finally {
    process.stderr.write = write;
  }
  // eslint-disable-next-line no-control-regex -- colours
  return text.replace(/\u001b\[\d+m/g, "").replace(/\d+\.\d s/g, "N s");
}

describe("progress in a log", () => {
  it("has a line for each step's start, its messages, and its end with result and time", async () => {
    const text = await shown([
      {
        title: "Deploy",
        run: async (_, say) => {
          say("20 resources");
          say.live("21 resources");
          return "22 resources";
        },
      },
    ]);

    assert.deepEqual(
      text.split("\n").filter((line) => line),
      ["❯ Deploy", "› 20 resources", "✔ Deploy: 22 resources (N s)"],
    );
  });

  it("does not begin a step after one that failed", async () => {
    let begun = false;

    const text = await shown([
      { title: "Start", run: () => Promise.reject(new Error("no Python")) },
      { title: "Deploy", run: async () => void (begun = true) },
    ]);

    assert.match(text, /rejected: no Python$/);
    assert.equal(begun, false);
  });

  it("ends at once when it is aborted, although the step goes on", async () => {
    const abort = new AbortController();

    const text = await shown(
      [
        {
          title: "Start",
          run: () => {
            abort.abort(new Error("Interrupted"));
            return new Promise(() => undefined);
          },
        },
      ],
      abort.signal,
    );

    assert.match(text, /rejected: Interrupted$/);
  });
});
