import assert from "node:assert/strict";
import * as path from "node:path";
import { engineFor } from "../../local/deploy";
import { deployedOrganization, localStack } from "../support/local";
import { AWAY, CONTROL, ground, HOME } from "./ground";
import type { Mistake } from "./program";

const CONFIGURATION = {
  "bailiwick:controls": { [CONTROL]: { mode: "enforce" }, "cloudtrail-trail-logging": { mode: "off" } },
};

/** Each is deployed over the one before, whose mistake it takes back. */
describe("a program is deployed", function () {
  this.timeout(120_000);
  const deployed = deployedOrganization(CONFIGURATION);
  const { stopped, outcome } = ground(deployed);

  const deploy = async (mistake: Mistake | undefined, changes: Record<string, unknown> = {}) => {
    const stack = localStack({ ...CONFIGURATION, ...changes });
    if (mistake !== undefined) stack.configuration["mistake:is"] = JSON.stringify(mistake);
    const programFolder = mistake && path.join(__dirname, "program");
    const { changes: made } = await engineFor(deployed().organization, stack, { programFolder }).up();
    assert.ok(made.update + made.create + made.delete + made.replace > 0, "The mistake changes nothing.");
  };

  it("whose hub is open to another organization, and the trace says so", async () => {
    await deploy({
      type: "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
      nameEnd: "hub-policy",
      replace: { property: "policy", from: "o-bailiwick0", to: "o-bailiwick1" },
    });
    assert.match(
      await stopped(),
      /event-bus\/bailiwick does not allow events:PutEvents by .*role\/bailiwick-forwarding/,
    );
  });

  it("not at all when its trail covers one region only, because the policy pack stops it", async () => {
    const one = deploy({
      type: "aws:cloudtrail/trail:Trail",
      nameEnd: "organization-trail",
      set: { isMultiRegionTrail: false },
    });
    await assert.rejects(one, {
      name: "PolicyError",
      message: /nothing was changed.\ncloudtrail-trail-logging: .*The trail would cover one region only/s,
    });
  });

  it("not at all when a forwarding target has no role", async () => {
    const without = deploy({
      type: "aws:cloudwatch/eventTarget:EventTarget",
      nameEnd: `payments-forwarding-${AWAY}-target-1`,
      set: { roleArn: null },
    });
    await assert.rejects(without, /RoleArn is required for target .*event-bus\/bailiwick/);
  });

  it("whose configuration leaves a region out, and the trace says so", async () => {
    await deploy(undefined, { "bailiwick:regions": [HOME] });
    assert.match(
      await stopped(),
      /No rule of the bus default in 200000000001, eu-central-1 matched\. The bus has no rules/,
    );
  });

  it("without a mistake again, and the control puts the bucket right", async () => {
    await deploy(undefined);
    assert.match(await outcome(), /told its outcome: remediated/);
  });
});
