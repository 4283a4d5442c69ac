import assert from "node:assert/strict";
import type { Json } from "@bailiwick/aws-events/record";
import { eventsOf } from "../lib/testing";
import { control } from "./control";

const event = (name: string) => eventsOf(control.id).get(name)!;

describe("s3-bucket-creation-reported", () => {
  it("reports name, region and settings of a plain bucket", () => {
    assert.deepEqual(control.describe?.(event("matching-plain"), {}), {
      report: true,
      findings: ["The bucket harbour-brochures was created in eu-west-1."],
      facts: {
        "Bucket region": "eu-west-1",
        "Object ownership": "BucketOwnerEnforced (ACLs off)",
        "Object Lock": "off",
      },
    });
  });

  it("explains what an open ACL means", () => {
    assert.deepEqual(control.describe?.(event("matching-public-acl"), {}), {
      report: true,
      findings: [
        "The bucket harbour-downloads was created in eu-west-1.",
        "Its ACL public-read lets everyone list the bucket.",
      ],
      facts: {
        "Bucket region": "eu-west-1",
        "Object ownership": "ObjectWriter",
        "Object Lock": "on",
        ACL: "public-read",
      },
    });
  });

  it("reports explicit grants", () => {
    const granted = structuredClone(event("matching-plain"));
    const grants = { "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' };
    Object.assign(granted.detail["requestParameters"] as object, { accessControlList: grants });

    const description = control.describe?.(granted, {});

    assert(description?.report);
    assert.equal(description.facts["ACL grants"], JSON.stringify(grants));
  });

  it("knows the region of a call that names none, and the old name of eu-west-1", () => {
    const plain = control.describe?.(event("matching-home-region-of-s3"), {});
    const old = structuredClone(event("matching-plain"));
    Object.assign(old.detail["requestParameters"] as object, {
      CreateBucketConfiguration: { LocationConstraint: "EU" },
    });
    const european = control.describe?.(old, {});

    assert.equal(plain?.report && plain.facts["Bucket region"], "us-east-1");
    assert.equal(european?.report && european.facts["Bucket region"], "eu-west-1");
  });

  it("reports a call without parameters, or with parameters of wrong types, without throwing", () => {
    for (const requestParameters of [null, {}, { bucketName: 7, CreateBucketConfiguration: [] }] as Json[]) {
      const odd = { ...event("matching-plain"), detail: { requestParameters } };
      const description = control.describe?.(odd, {});
      assert.deepEqual(description?.report && description.findings, [
        "The bucket ? was created in eu-west-1.",
      ]);
      assert.equal(control.resource(odd), undefined);
    }
  });
});
