import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { matches, validate } from "@bailiwick/aws-events";
import { controlById, controls, findDrill, findPrevention, findRemediation } from ".";
import { isReportOnly } from "./lib/control";
import type { PermissionScope } from "./lib/permissions";
import { eventsOf } from "./lib/testing";

const ids = controls.map(({ id }) => id);

describe("the catalogue", () => {
  it("lists every folder that holds a control, and no other", () => {
    const folders = readdirSync(__dirname).filter(
      (name) => name !== "lib" && existsSync(join(__dirname, name, "control.ts")),
    );
    assert.deepEqual([...ids].sort(), folders.sort());
  });

  it("knows each control's sides, each from the control's own folder", () => {
    const withFile = (file: string) => ids.filter((id) => existsSync(join(__dirname, id, file)));
    assert.deepEqual(ids.filter(findRemediation), withFile("remediate.ts"));
    assert.deepEqual(ids.filter(findDrill), withFile("drill.ts"));
    assert.deepEqual(
      ids.flatMap((id) => findPrevention(id)?.name ?? []),
      withFile("prevent.ts"),
    );
    for (const id of withFile("remediate.ts"))
      assert.equal(findRemediation(id), sideOf(id, "remediate", "remediation"));
    for (const id of withFile("drill.ts")) assert.equal(findDrill(id), sideOf(id, "drill", "drill"));
  });

  it("has a remediation for each control that doesn't report events by themselves, and for no other", () => {
    for (const control of controls)
      assert.equal(findRemediation(control.id) === undefined, "describe" in control, control.id);
  });

  it("has permissions to fix and to undo for the controls that do so, and for no other", () => {
    for (const control of controls) {
      const remediation = findRemediation(control.id);
      const fixes = remediation !== undefined && !isReportOnly(control);
      assert.equal(control.readPermissions !== undefined, remediation !== undefined, control.id);
      assert.equal(control.fixPermissions !== undefined, fixes, control.id);
      assert.equal(control.undoPermissions !== undefined, remediation?.undo !== undefined, control.id);
    }
  });

  it("has a policy for each control, or one sentence that says why a program can't commit the fault", () => {
    for (const { id, unpreventable } of controls) {
      const prevention = findPrevention(id);
      assert.equal(
        prevention === undefined,
        unpreventable !== undefined,
        `controls/${id} needs either a prevent.ts or a sentence \`unpreventable\` in its control.ts, and not both.`,
      );
      if (unpreventable !== undefined) assert.match(unpreventable, /^[A-Z][^.]{30,150}\.$/, id);
      if (prevention === undefined) continue;
      assert.ok(prevention.resourceTypes.length > 0, id);
      for (const type of prevention.resourceTypes)
        assert.match(type, /^aws:[a-z0-9]+\/([a-z])(\w+):[A-Z]\2$/, id);
    }
  });

  it("finds a control by its id", () => {
    for (const control of controls) assert.equal(controlById(control.id), control);
  });

  it("says which controls there are when asked for one that isn't", () => {
    assert.throws(() => controlById("s3-bucket-blue"), {
      name: "RangeError",
      message: `There is no control \`s3-bucket-blue\`. The controls are: ${ids.join(", ")}.`,
    });
  });

  it("loads no SDK, as the Pulumi program reads it", () => {
    for (const id of ids) {
      const source = readFileSync(join(__dirname, id, "control.ts"), "utf8");
      assert.doesNotMatch(source, /from "@(aws-sdk|pulumi)/, id);
    }
    const script = `require(${JSON.stringify(join(__dirname, "..", "cli", "register.js"))});
      require(${JSON.stringify(__dirname)});
      console.log(JSON.stringify(Object.keys(require.cache)));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    assert.equal(stderr, "");
    const loaded = JSON.parse(stdout) as string[];
    assert.equal(loaded.filter((file) => file.endsWith("/control.ts")).length, ids.length);
    assert.deepEqual(
      loaded.filter((file) =>
        /node_modules\/@(aws-sdk|smithy|pulumi)|(remediate|prevent|drill)\.ts$/.test(file),
      ),
      [],
    );
  });
});

function sideOf(id: string, file: string, name: string): unknown {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the path is made at run time
  return (require(`./${id}/${file}`) as Record<string, unknown>)[name];
}

for (const control of controls) {
  describe(`the data of ${control.id}`, () => {
    it("is complete and of the right form", () => {
      assert.match(control.id, /^[a-z0-9]+(-[a-z0-9]+){2,}$/);
      assert.ok(control.title.length <= 100 && !control.title.endsWith("."), control.title);
      assert.ok(control.description.length >= 80, control.description);
      assert.ok(control.frameworks.length > 0);
      assert.match(control.resourceType, /^AWS::\w+::\w+$/);
      assert.ok(control.remediationSteps.length >= 80);
    });

    it("has an event pattern that EventBridge takes", () => {
      assert.deepEqual(validate(JSON.stringify(control.pattern)), { valid: true });
    });

    it("matches its matching events and neither benign ones nor failed calls", () => {
      const events = eventsOf(control.id);
      assert.ok([...events.keys()].some((name) => name.startsWith("benign")));
      assert.ok([...events.keys()].some((name) => name.startsWith("failed")));
      const matched = [...events].filter(([, event]) =>
        matches(JSON.stringify(control.pattern), JSON.stringify(event)),
      );
      assert.deepEqual(
        matched.map(([name]) => name),
        [...events.keys()].filter((name) => name.startsWith("matching")),
      );
    });

    it("names the resource of each matching event with an ARN of the event's account", () => {
      for (const [name, event] of eventsOf(control.id)) {
        if (!name.startsWith("matching")) continue;
        const resource = control.resource(event);
        assert.equal(resource?.account, event.account, name);
        assert.ok(
          [control.resourceType, ...(control.otherResourceTypes ?? [])].includes(resource.type),
          name,
        );
        // Some ARNs go without the slash that a name begins with.
        const ending = resource.id.replace(/^\//, "");
        assert.ok(resource.arn.startsWith("arn:aws:") && resource.arn.endsWith(ending), name);
      }
    });

    it("narrows its permissions to the resource at hand", () => {
      const permissions = (scope: PermissionScope) =>
        [control.readPermissions, control.fixPermissions, control.undoPermissions].flatMap(
          (each) => each?.(scope) ?? [],
        );
      const wide = JSON.stringify(
        permissions({ partition: "aws", account: "210987654321", region: "*", id: "*" }),
      );
      const scope = { partition: "aws-cn", account: "210987654321", region: "cn-north-1", id: "thing" };
      // Whatever the resource is: an organization, the service role of its trails, and the policy that users have.
      const ALWAYS =
        /:(role\/aws-service-role\/cloudtrail\.amazonaws\.com\/.*|policy\/bailiwick-mfa-required)$/;
      for (const statement of permissions(scope)) {
        if (statement.Sid === "ReadOrganization") continue;
        const resources = [statement.Resource].flat().filter((each) => !ALWAYS.test(each));
        for (const resource of resources.filter((each) => each !== "*")) {
          assert.ok(!wide.includes(resource));
          // IAM names users with their path, which most calls leave out.
          assert.match(resource, /^arn:aws-cn:[^*]*:(210987654321|\*|):[^*]*(\/\*\/)?thing$/);
        }
        // What can't be narrowed by resource is narrowed by region.
        if (resources.includes("*"))
          assert.deepEqual(statement.Condition, { StringEquals: { "aws:RequestedRegion": "cn-north-1" } });
        assert.doesNotMatch(JSON.stringify(statement.Action), /\*/);
      }
    });

    it("has defaults for all its parameters", () => {
      if (control.parameters) assert.equal(v.safeParse(control.parameters, {}).success, true);
    });
  });
}
