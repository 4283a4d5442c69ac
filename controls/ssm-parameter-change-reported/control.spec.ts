import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { CREDENTIALS, eventsOf, oddEvents, reference } from "../lib/testing";
import { control } from "./control";
import { remediation } from "./remediate";

const NAME = "/harbour/db/password";
const USER = "arn:aws:sts::210987654321:assumed-role/Developer/maria.lindqvist";
const context = (event: string, id = NAME) => ({
  resource: reference(control.resourceType, id, `arn:aws:ssm:eu-west-1:210987654321:parameter/${id}`),
  parameters: {},
  aws: CREDENTIALS,
  event: eventsOf(control.id).get(event)!,
});

describe("ssm-parameter-change-reported", () => {
  const ssm = mockClient(SSMClient);
  beforeEach(() => {
    ssm.reset();
    ssm.on(DescribeParametersCommand).resolves({
      Parameters: [
        { Name: NAME, Type: "SecureString", Tier: "Advanced", Version: 4, LastModifiedUser: USER },
      ],
    });
  });
  after(() => ssm.restore());

  const reported = { state: "violation", before: null, remedies: [] };

  it("reports a new parameter with everything that may be known about it", async () => {
    assert.deepEqual(await remediation.evaluate(context("matching-create")), {
      ...reported,
      findings: ["The parameter /harbour/db/password was created."],
      facts: {
        Type: "SecureString",
        Tier: "Advanced",
        Version: "4",
        "Changed by": USER,
        Description: "Password of the orders database",
      },
    });
    const filters = [{ Key: "Name", Option: "Equals", Values: [NAME] }];
    assert.deepEqual(ssm.commandCalls(DescribeParametersCommand)[0]?.args[0].input, {
      ParameterFilters: filters,
    });
  });

  it("calls only DescribeParameters, which has no values", async () => {
    await remediation.evaluate(context("matching-update"));
    assert.deepEqual(
      ssm.calls().map(({ args }) => args[0].constructor.name),
      ["DescribeParametersCommand"],
    );
    const actions = control
      .readPermissions?.({ partition: "aws", account: "1", region: "*", id: "*" })
      .map(({ Action }) => Action);
    assert.deepEqual(actions, ["ssm:DescribeParameters"]);
  });

  it("reports a deletion, when nothing is left to read", async () => {
    assert.deepEqual(await remediation.evaluate(context("matching-delete", "harbour-mode")), {
      ...reported,
      findings: ["The parameter harbour-mode was deleted."],
      facts: { Type: "String" },
    });
  });

  it("reports what has happened since", async () => {
    const again = await remediation.evaluate({ ...context("matching-delete", NAME) });
    ssm.on(DescribeParametersCommand).resolves({ Parameters: [] });
    const gone = await remediation.evaluate(context("matching-update"));

    assert.deepEqual(again.state === "violation" && again.findings, [
      "The parameter /harbour/db/password was deleted.",
      "It has been created again since.",
    ]);
    assert.deepEqual(gone.state === "violation" && gone.findings, [
      "The parameter /harbour/db/password was changed.",
      "It no longer exists.",
    ]);
  });

  it("remediates nothing, and says so when asked to", async () => {
    const violation = await remediation.evaluate(context("matching-create"));
    assert(violation.state === "violation");
    await assert.rejects(remediation.fix(context("matching-create"), violation), { name: "PermanentError" });
  });

  it("reports nothing if no change led there, and accepts no name that could widen a policy", async () => {
    const swept = { ...context("matching-create"), event: undefined };
    assert.deepEqual(await remediation.evaluate(swept), {
      state: "compliant",
      why: "No event reports a change of the parameter.",
    });
    const like = eventsOf(control.id).get("matching-create")!;
    for (const name of ["*", "/a/*", "a?", "a b", "/a//b", "", 7 as unknown as string])
      assert.equal(control.resource({ ...like, detail: { ...like.detail, name } }), undefined, name);
    for (const odd of oddEvents(like)) assert.equal(control.resource(odd)?.id, NAME);
  });
});
