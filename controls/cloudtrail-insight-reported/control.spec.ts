import assert from "node:assert/strict";
import { eventsOf, oddEvents, reported } from "../lib/testing";
import { control } from "./control";

describe("cloudtrail-insight-reported", () => {
  it("reports an unusual rate of calls, and by whom", () => {
    assert.deepEqual(reported(control, "matching-start", {}), {
      findings: ["ec2:DescribeInstances is called unusually often."],
      facts: {
        "Usual rate": "0.0102 a minute",
        "Unusual rate": "12.4 a minute",
        "Mostly by": "arn:aws:iam::210987654321:user/pilot, arn:aws:iam::210987654321:user/mate",
        Insight: "3e6c61b7-3c7a-4d0f-9d5a-2f1b0c9d8e7f",
      },
    });
  });

  it("reports when it is over", () => {
    assert.deepEqual(reported(control, "matching-end", {}), {
      findings: ["ec2:DescribeInstances is back to being called as often as usual."],
      facts: {
        "Usual rate": "0.0102 a minute",
        "Unusual rate": "12.4 a minute",
        "Mostly by": "arn:aws:iam::210987654321:user/pilot, arn:aws:iam::210987654321:user/mate",
        Insight: "3e6c61b7-3c7a-4d0f-9d5a-2f1b0c9d8e7f",
      },
    });
  });

  it("reports an unusual rate of errors", () => {
    assert.deepEqual(reported(control, "matching-errors", {}), {
      findings: ["s3:GetObject is failing unusually often with AccessDenied."],
      facts: {
        "Usual rate": "0.0102 a minute",
        "Unusual rate": "12.4 a minute",
        "Mostly by": "arn:aws:iam::210987654321:user/pilot, arn:aws:iam::210987654321:user/mate",
        Insight: "3e6c61b7-3c7a-4d0f-9d5a-2f1b0c9d8e7f",
      },
    });
  });

  it("reports events that lack the expected fields, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-start")!)) {
      const description = control.describe?.(odd, {});
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});
