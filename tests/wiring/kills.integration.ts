import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { bringUpSteps, newRunState } from "../../cli/local/bring-up";
import { collectMessages } from "../../cli/local/drill-run";
import type { RunContext } from "../../cli/lifecycle";
import type { DrillResult } from "../../rehearsal/drill/types";
import { deployedOrganization, eventually } from "../support/local";
import { AWAY, CONTROL } from "./deployment";

const run = promisify(execFile);

/** Longer is a hang. */
const PATIENCE_MILLISECONDS = 45_000;
const CONTROLS = { [CONTROL]: { mode: "enforce" }, "cloudtrail-trail-logging": { mode: "off" } };

describe("in the middle of a drill", function () {
  this.timeout(90_000);

  describe("a killed function", () => {
    const deployed = deployedOrganization({ "bailiwick:controls": CONTROLS });

    it("does not prevent the next events from being handled", async () => {
      const drill = drillOne(deployed);
      await killWorkers(deployed().organization.emulator.pid);
      const interrupted = await inTime(drill);

      const next = await inTime(drillOne(deployed));

      assert.ok(interrupted.held || (interrupted.cause ?? "") !== "", "it held, or says why not");
      assert.equal(next.cause, undefined);
      assert.equal(next.held, true);
    });

    it("and a closed gateway end it with the reason", async () => {
      const drill = drillOne(deployed);
      await deployed().organization.gateway.close();

      const result = await inTime(drill);

      assert.equal(result.held, false);
      assert.match(result.cause ?? "", /ECONNREFUSED|ECONNRESET|socket hang up|127\.0\.0\.1/);
    });
  });

  describe("a killed emulator", () => {
    const deployed = deployedOrganization({ "bailiwick:controls": CONTROLS });

    it("ends it with the reason, and leaves nothing under way", async () => {
      const { organization } = deployed();
      const drill = drillOne(deployed);
      process.kill(-organization.emulator.pid, "SIGKILL");

      const result = await inTime(drill);

      assert.equal(result.held, false);
      assert.match(result.cause ?? "", /The emulator ended with SIGKILL/);
      const died = await organization.died;
      assert.match(died, /ended with SIGKILL; its log: /);
      assert.ok(!died.includes(organization.folder), "the folder goes: its name would help nobody");
      await inTime(organization.fabric.idle());
      await inTime(organization.stop());
    });
  });

  describe("an emulator killed under the command", () => {
    const tearDowns: (() => Promise<void> | void)[] = [];
    const life: RunContext = {
      signal: new AbortController().signal,
      folder: tmpdir(),
      defer: (tearDown) => (tearDowns.push(tearDown), () => undefined),
    };
    after(async () => {
      for (const tearDown of tearDowns.reverse()) await tearDown();
    });

    it("ends the deployment with that reason, and the wait for messages at once", async () => {
      const state = newRunState();
      const [start, deploy] = bringUpSteps(life);
      const quiet = Object.assign(() => undefined, { live: () => undefined });
      await start?.run(state, quiet);
      const { emulator, folder } = state.organization!;
      let killedAt: number | undefined;
      const kill = () => {
        if (killedAt !== undefined) return;
        process.kill(-emulator.pid, "SIGKILL");
        killedAt = performance.now();
      };

      const deployment = deploy!.run(
        state,
        Object.assign(() => undefined, { live: kill }),
      );

      await assert.rejects(Promise.resolve(deployment), (error: Error) => {
        assert.match(
          error.message,
          /^The local organization has ended\. The emulator ended with SIGKILL; its log: /,
        );
        assert.ok(!error.message.includes(folder));
        return error.name === "OrganizationEndedError";
      });
      const took = performance.now() - (killedAt ?? assert.fail("it was not killed"));
      assert.ok(took < 5_000, `${took} ms`);
      const began = performance.now();
      assert.match(await collectMessages(state), /^0 messages to Slack, 0 mails, some were still under way$/);
      assert.ok(performance.now() - began < 1_000);
    });
  });

  /** A drill that has begun: its resources are there. */
  function drillOne(
    deployed: () => ReturnType<ReturnType<typeof deployedOrganization>>,
  ): Promise<DrillResult> {
    return deployed()
      .drill({ controls: [CONTROL], accounts: ["payments"], regions: [AWAY] })
      .then(([result]) => result ?? assert.fail("no result"));
  }
});

/** Fails when the promise has not settled in time: that would be a hang. */
async function inTime<Value>(promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("It hangs.")), PATIENCE_MILLISECONDS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Kills the processes in which the emulator runs functions, as soon as there is one. */
async function killWorkers(emulator: number): Promise<void> {
  const workers = await eventually(async () => {
    const { stdout } = await run("ps", ["-e", "-o", "pid=,ppid="]);
    const children = stdout
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter(([, parent]) => parent === emulator)
      .map(([pid]) => pid ?? 0);
    return children.length > 0 ? children : undefined;
  }, "a function runs");
  for (const pid of workers) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
