import assert from "node:assert/strict";
import { controls } from "../controls";
import type { PolicyStatement } from "../controls/lib/permissions";
import { eventsOf } from "../controls/lib/testing";
import { sessionPolicy } from "../functions/control/session";
import { readStack } from "../rehearsal/stack";
import {
  faultsOf,
  isWrite,
  listed,
  programStatements,
  statementsOf,
  type Placed,
  type Statement,
} from "./support/policies";
import { registrations, type Registrations } from "./support/registrations";

/**
 * Allowed changes that are not limited to a resource, by `Sid`, with the reason. Any other is a fault.
 */
const WRITES_ON_EVERYTHING: Record<string, string> = {
  JoinNetwork:
    "EC2 checks CreateNetworkInterface and its siblings for Lambda before there is an interface, so they take no resource that could be named.",
  AccountManagesKey: "In a key policy * is the key itself: without it nobody could manage the key.",
  TrailEncrypts: "In a key policy * is the key itself.",
  TrailUsesBucketKey: "In a key policy * is the key itself.",
};

const CHANNELS = {
  platform: { slack: { webhookUrl: "https://hooks.slack.com/services/T00/B00/secret" } },
  audit: { email: { addresses: ["audit@example.com"] } },
};

/** Every stack in every mode, with everything that can be switched on. */
const RUNS: [what: string, stack: string, changes: Record<string, unknown>][] = [
  ["dev", "dev", {}],
  ["prod", "prod", {}],
  ["enforcing", "prod", { "bailiwick:defaultMode": "enforce", "bailiwick:protectEvidence": false }],
  ["off", "dev", { "bailiwick:defaultMode": "off", "bailiwick:controls": {} }],
  [
    "complete",
    "prod",
    {
      "bailiwick:defaultMode": "enforce",
      "bailiwick:channels": CHANNELS,
      "bailiwick:watches": [{ event: "iam:CreateUser", channel: "audit" }],
      "bailiwick:exemptionTaggers": ["arn:aws:iam::222222222222:role/exemptions"],
      "bailiwick:privateNetwork": true,
    },
  ],
];

function run(stack: string, changes: Record<string, unknown>): Promise<Registrations> {
  const program = require.resolve("..");
  return registrations(
    () => {
      delete require.cache[program];
      module.require(program);
    },
    { config: readStack(stack, changes).configuration, preview: true },
  );
}

/** The session policies of all controls and tasks, for the resources of their events. */
const sessionStatements = (): Placed[] =>
  controls.flatMap((control) =>
    [...eventsOf(control.id)].flatMap(([name, event]) => {
      const resource = name.startsWith("matching") ? control.resource(event) : undefined;
      if (!resource || control.describe) return [];
      const beside =
        control.id === "ec2-instance-owner-tagged" ? ["arn:aws:ec2:eu-west-1:210987654321:volume/vol-1"] : [];
      return (["read", "fix", "undo"] as const).flatMap((task) =>
        statementsOf(
          `session of ${control.id} to ${task}`,
          sessionPolicy(control, resource, "aws", { task, beside }),
        ),
      );
    }),
  );

describe("the policies of the program", function () {
  this.timeout(240_000);
  const runs = new Map<string, Registrations>();
  let all: Placed[] = [];

  before(async () => {
    for (const [what, stack, changes] of RUNS) runs.set(what, await run(stack, changes));
    const placed = [...[...runs.values()].flatMap(programStatements), ...sessionStatements()];
    // Accounts and regions repeat the same statements.
    const different = new Map(
      placed.map((each) => [
        JSON.stringify(each.statement)
          .replace(/\b\d{12}\b/g, "account")
          .replace(/\b[a-z]{2}-[a-z]+-\d\b/g, "region"),
        each,
      ]),
    );
    all = [...different.values()];
  });

  it("are found in every kind of resource that has one", () => {
    const types = new Set(
      [...runs.values()].flatMap(programStatements).map(({ place }) => place.split(" ")[0]),
    );

    for (const type of [
      "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
      "aws:iam/policy:Policy",
      "aws:iam/role:Role",
      "aws:iam/rolePolicy:RolePolicy",
      "aws:kms/key:Key",
      "aws:s3/bucketPolicy:BucketPolicy",
      "aws:sns/topicPolicy:TopicPolicy",
      "aws:sqs/queuePolicy:QueuePolicy",
    ])
      assert(types.has(type), `${type} in ${[...types].join(", ")}`);
    assert(all.length > 100, `${all.length}`);
  });

  it("name actions, resources and condition keys as AWS's reference has them", async () => {
    const faults: string[] = [];
    // The guardrail's statements only deny, and join the actions and resources of several services in one.
    for (const placed of all.filter(({ place }) => !place.startsWith("aws:organizations/policy")))
      for (const fault of await faultsOf(placed))
        faults.push(`${placed.place} ${placed.statement.Sid ?? ""}: ${fault}`);

    assert.deepEqual(faults, []);
  });

  it("let nobody change everything, but for the reasons that are written down", async () => {
    const found = new Set<string>();
    const unexplained: string[] = [];
    for (const { place, statement } of all) {
      if (statement.Effect === "Deny" || !listed(statement.Resource).includes("*")) continue;
      const writes = await writesOf(statement);
      if (writes.length === 0) continue;
      const sid = statement.Sid ?? "";
      found.add(sid);
      if (!Object.hasOwn(WRITES_ON_EVERYTHING, sid))
        unexplained.push(`${place} ${sid}: ${writes.join(", ")}`);
    }

    // The endpoints' policies name no resources: they let the organization's principals make calls that their own policies limit.
    const ofEndpoints = unexplained.filter((each) => /VpcEndpoint/.test(each));
    assert.deepEqual(
      unexplained.filter((each) => !ofEndpoints.includes(each)),
      [],
    );
    assert.deepEqual(
      Object.keys(WRITES_ON_EVERYTHING).filter((sid) => !found.has(sid)),
      [],
    );
  });

  it("write no policy of a principal, and attach only the one that the program made", async () => {
    // What a component is given are descriptions of what other components deploy.
    const rights = all.filter(
      ({ place, statement }) =>
        statement.Effect === "Allow" && !isEndpoint(statement) && !place.startsWith("bailiwick:components:"),
    );

    for (const { place, statement } of rights)
      for (const action of listed(statement.Action)) {
        assert.doesNotMatch(action, /^(\*|iam:\*|iam:(Put|Create|Set|Update|Add).*)$/, place);
        if (!/^iam:(Attach|Detach)/.test(action)) continue;
        // What others attach to the path's roles is detached, whatever it is: the roles only lose rights.
        if (action === "iam:DetachRolePolicy") {
          for (const each of listed(statement.Resource)) assert.match(each, /:role\/bailiwick-/, place);
          continue;
        }
        assert.match(
          listed(statement.Condition?.["ArnEquals"]?.["iam:PolicyARN"]).join(),
          /^arn:aws[a-z-]*:iam::\d{12}:policy\/bailiwick-mfa-required$/,
          place,
        );
      }
  });

  it("let nothing but people invoke the function of undos", () => {
    for (const { place, statement } of all)
      if (statement.Effect === "Allow" && statement.NotAction === undefined)
        for (const action of listed(statement.Action))
          assert.doesNotMatch(action, /^(\*|lambda:(\*|Invoke.*|AddPermission.*|UpdateFunction.*))$/, place);
    for (const made of runs.values()) {
      assert.deepEqual(made.of("aws:lambda/permission:Permission"), []);
      assert.deepEqual(made.of("aws:lambda/functionUrl:FunctionUrl"), []);
      const sources = made.of("aws:lambda/eventSourceMapping:EventSourceMapping");
      assert(
        !sources.some(({ name, inputs }) => `${name} ${String(inputs["functionName"])}`.includes("undo")),
      );
      const targets = made.of("aws:cloudwatch/eventTarget:EventTarget");
      assert(!targets.some(({ inputs }) => String(inputs["arn"]).includes(":function:")));
    }
  });

  it("trust a role of the program by its account and a condition, so that a role created anew is trusted", () => {
    const roles = all.filter(({ place }) => place.startsWith("aws:iam/role:Role"));

    for (const { place, statement } of roles) {
      const { AWS: aws, ...others } = statement.Principal as Record<string, string>;
      if (aws === undefined) assert.deepEqual(Object.keys(others), ["Service"], place);
      else {
        assert.match(aws, /^arn:aws[a-z-]*:iam::\d{12}:root$/, place);
        assert.match(
          String(statement.Condition?.["ArnEquals"]?.["aws:PrincipalArn"]),
          /^arn:aws[a-z-]*:iam::\d{12}:role\/bailiwick-[\w-]+-fn$/,
          place,
        );
      }
    }
  });

  it("limit each function's writes in the ledger to the items of its own control, and no exemptions", () => {
    const made = runs.get("enforcing") ?? assert.fail();
    const patternsOf = (role: string) =>
      programStatements(made)
        .filter(({ place }) => place === `aws:iam/rolePolicy:RolePolicy ${role}-role-policy`)
        .filter(({ statement }) =>
          listed(statement.Action).some((action) => /dynamodb:(Put|Update)Item/.test(action)),
        )
        .map(({ statement }) => statement.Condition?.["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"])
        .map(listed);

    const seen = new Map<string, string>();
    for (const { id } of controls) {
      const [patterns, ...more] = patternsOf(id);
      assert(patterns !== undefined && patterns.length > 0 && more.length === 0, id);
      for (const pattern of patterns) {
        assert.match(pattern, /^([rtmac]-)?[0-9a-f]{6}\*$/);
        assert.equal(seen.get(pattern), undefined, `${pattern} of ${id} and ${seen.get(pattern)}`);
        seen.set(pattern, id);
      }
    }
    for (const pattern of patternsOf("undo").flat()) assert.match(pattern, /^([rx]-)?[0-9a-f]{6}\*$/);
  });

  async function writesOf(statement: Statement): Promise<string[]> {
    const writes: string[] = [];
    for (const action of listed(statement.Action)) if (await isWrite(action)) writes.push(action);
    return writes;
  }

  /** An endpoint's policy says which calls may pass; it gives no rights. */
  const isEndpoint = (statement: Statement) => statement.Principal === "*";
});

describe("what a control may change", () => {
  const scope = { partition: "aws", account: "210987654321", region: "*", id: "*" };

  it("is listed here in full: by its role where it remediates, by an undo, and nothing where it only notifies", async () => {
    const table: Record<string, { read?: string[]; fix?: string[]; undo?: string[] }> = {};
    for (const { id, readPermissions, fixPermissions, undoPermissions } of controls)
      for (const [task, permissions] of Object.entries({
        read: readPermissions,
        fix: fixPermissions,
        undo: undoPermissions,
      })) {
        const writes = await writesAmong(permissions?.(scope) ?? []);
        if (writes.length > 0) table[id] = { ...table[id], [task]: writes };
      }

    assert.deepEqual(table, {
      "cloudtrail-trail-logging": {
        fix: [
          "cloudtrail:StartLogging",
          "cloudtrail:PutEventSelectors",
          "cloudtrail:PutInsightSelectors",
          "cloudtrail:UpdateTrail",
        ],
        undo: [
          "cloudtrail:StopLogging",
          "cloudtrail:PutEventSelectors",
          "cloudtrail:PutInsightSelectors",
          "cloudtrail:UpdateTrail",
        ],
      },
      "dynamodb-table-created-by-pipeline": { fix: ["dynamodb:DeleteTable"] },
      "ec2-instance-owner-tagged": { fix: ["ec2:CreateTags"], undo: ["ec2:DeleteTags"] },
      "ec2-instance-protected-running": { fix: ["ec2:StartInstances"], undo: ["ec2:StopInstances"] },
      "ec2-security-group-admin-ports-closed": {
        fix: ["ec2:RevokeSecurityGroupIngress"],
        undo: ["ec2:AuthorizeSecurityGroupIngress"],
      },
      "events-forwarding-intact": {
        fix: [
          "events:EnableRule",
          "events:PutRule",
          "events:RemoveTargets",
          "sqs:CreateQueue",
          "sqs:SetQueueAttributes",
          "iam:DetachRolePolicy",
          "events:PutTargets",
          "iam:PassRole",
        ],
      },
      "iam-user-mfa-required": { fix: ["iam:AttachUserPolicy"], undo: ["iam:DetachUserPolicy"] },
      "lambda-event-source-enabled": {
        fix: ["lambda:UpdateEventSourceMapping"],
        undo: ["lambda:UpdateEventSourceMapping"],
      },
      "s3-bucket-policy-not-public": {
        fix: ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"],
        undo: ["s3:PutBucketPolicy"],
      },
    });
  });

  async function writesAmong(statements: PolicyStatement[]): Promise<string[]> {
    const writes: string[] = [];
    for (const { Action } of statements)
      for (const action of listed(Action)) if (await isWrite(action)) writes.push(action);
    return writes;
  }
});
