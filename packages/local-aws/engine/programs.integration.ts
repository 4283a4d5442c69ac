import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { AbortedError, DeploymentError, ProgramError, type EngineEvent } from ".";
import { programsOf, startHarness, type Harness } from "./fixtures/harness";

describe("The engine, with programs that go wrong", () => {
  let harness: Harness;
  before(async function () {
    this.timeout(120_000);
    harness = await startHarness();
  });
  after(() => harness.stop());

  const namesInState = async (stack: string) =>
    (
      JSON.parse(await readFile(harness.stateFile(stack), "utf8")) as { resources: { name: string }[] }
    ).resources.map(({ name }) => name);

  const programErrors: Record<string, RegExp> = {
    throws: /unhandled exception:[^]*the program can't go on/,
    rejects: /unhandled exception:[^]*a promise was broken/,
    logs: /^something is wrong here$/,
    exits:
      /^The program ended with exit code 1\.\nThe Pulumi runtime detected that \d+ promises were still active/,
  };
  for (const [how, message] of Object.entries(programErrors)) {
    it(`reports a program that ${how}, and deletes nothing`, async () => {
      const stack = `program-${how}`;
      await harness.engine("broken", stack, { how: "well" }).up();
      await harness.writes();
      await assert.rejects(harness.engine("broken", stack, { how }).up(), (error: ProgramError) => {
        assert.equal(error.name, "ProgramError");
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(await harness.writes(), []);
      assert.deepEqual(await programsOf(stack), []);
      await harness.engine("broken", stack).destroy();
    });
  }

  it("names the missing configuration", async () => {
    await assert.rejects(harness.engine("broken", "missing").up(), (error: ProgramError) => {
      assert.equal(error.name, "ProgramError");
      assert.match(error.message, /Missing required configuration variable 'fixture:how'/);
      return true;
    });
    assert.deepEqual(await programsOf("missing"), []);
  });

  const resourceErrors: Record<string, RegExp> = {
    twice:
      /^aws:sqs\/queue:Queue "before" could not be created: The program registers aws:sqs\/queue:Queue "before" twice/m,
    "unknown type":
      /^aws:ec2\/vpc:Vpc "network" could not be created: The local engine has no provider for the type aws:ec2\/vpc:Vpc\./m,
    "unknown property": /does not know the property accelerationStatus\./,
    "wrong account": /credentials belong to account 100000000001; allowed: 999999999999\./,
  };
  for (const [how, message] of Object.entries(resourceErrors)) {
    it(`refuses by name: ${how}`, async () => {
      const stack = `refused-${how.replace(" ", "-")}`;
      await assert.rejects(harness.engine("broken", stack, { how }).up(), (error: DeploymentError) => {
        assert.equal(error.name, "DeploymentError");
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(await programsOf(stack), []);
      await harness.engine("broken", stack).destroy();
    });
  }

  it("passes on what the program prints", async () => {
    harness.events();
    await harness.engine("broken", "prints", { how: "well" }).up();
    const lines = harness.events().flatMap((event) => (event.kind === "output" ? [event.line] : []));
    assert.deepEqual(lines, ["the program speaks"]);
    await harness.engine("broken", "prints").destroy();
  });

  it("stops on request: the state has what was created, and no process is left", async () => {
    const abort = new AbortController();
    const onEvent = (event: EngineEvent) => {
      if (event.kind === "step" && event.step.name === "before") abort.abort();
    };
    const engine = harness.engine("broken", "aborted", { how: "hangs" }, { onEvent });
    await assert.rejects(engine.up({ signal: abort.signal }), (error: AbortedError) => {
      assert.equal(error.name, "AbortedError");
      assert.equal(error.result.changes.create, 1);
      return true;
    });
    assert.deepEqual(await programsOf("aborted"), []);
    assert.ok((await namesInState("aborted")).includes("before"));
    await engine.destroy();
  });

  it("doesn't start when the stop was requested before", async () => {
    const engine = harness.engine("broken", "never", { how: "well" });
    await assert.rejects(engine.up({ signal: AbortSignal.abort() }), { name: "AbortedError" });
    await assert.rejects(readFile(harness.stateFile("never")), /ENOENT/);
  });

  it("leaves no program behind when its process is killed", async () => {
    const stack = "killed";
    const options = {
      programFolder: path.join(__dirname, "fixtures", "broken"),
      project: "fixture",
      stack,
      config: { "fixture:how": "hangs" },
      environment: harness.environment,
      stateFile: harness.stateFile(stack),
    };
    const alone = path.join(__dirname, "fixtures", "run-alone.ts");
    const child = spawn(
      process.execPath,
      ["-r", "ts-node/register/transpile-only", alone, JSON.stringify(options)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    for await (const line of createInterface({ input: child.stdout }))
      if (line === "the program speaks") break;
    assert.equal((await programsOf(stack)).length, 1);
    child.kill("SIGKILL");
    await once(child, "exit");
    const deadline = Date.now() + 10_000;
    while ((await programsOf(stack)).length > 0) {
      assert.ok(Date.now() < deadline, "the program is still there");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
