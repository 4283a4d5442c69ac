import type * as aws from "@pulumi/aws";
import assert from "node:assert/strict";
import { reports, UNKNOWN } from "../lib/testing";
import { prevention } from "./prevent";

const INSTANCE = "aws:ec2/instance:Instance";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const WHY = "An instance that nobody claims is patched by nobody and paid for by everybody.";
const NO_OWNER =
  `The instance would have no tag \`owner\`. ${WHY} Add { owner: "<person or team>" } to its \`tags\`, or to \`defaultTags\` of its ` +
  "provider.";
const NO_OWNER_LAUNCHED =
  `Instances launched from the template would have no tag \`owner\`, unless the launching call adds it. ${WHY} Add { resourceType: ` +
  '"instance", tags: { owner: "<person or team>" } } to its `tagSpecifications`, and the same for "volume" and "network-interface".';

const instance = (args: aws.ec2.InstanceArgs & { tagsAll?: unknown }) =>
  reports(prevention, INSTANCE, { ami: "ami-0a1b2c3d", instanceType: "t3.micro", ...args });
const template = (args: aws.ec2.LaunchTemplateArgs) => reports(prevention, TEMPLATE, { ...args });

describe("ec2-instance-owner-tagged: prevention", () => {
  it("accepts an instance with an owner tag, in upper or lower case", () => {
    for (const key of ["owner", "Owner", "OWNER"])
      assert.deepEqual(instance({ tags: { [key]: "harbour-team" } }), [], key);
  });

  it("counts the provider's default tags as the instance's own", () => {
    assert.deepEqual(instance({ tagsAll: { owner: "harbour-team" } }), []);
    assert.deepEqual(
      instance({ tags: { Name: "crane" }, tagsAll: { Name: "crane", Owner: "harbour-team" } }),
      [],
    );
  });

  it("advises an owner where there is none, and says how to write it", () => {
    assert.deepEqual(instance({}), [NO_OWNER]);
    assert.deepEqual(instance({ tags: {} }), [NO_OWNER]);
    assert.deepEqual(instance({ tags: { "owner-team": "x" }, tagsAll: { "owner-team": "x" } }), [NO_OWNER]);
    assert.deepEqual(reports(prevention, INSTANCE, { tags: ["owner"] }), [NO_OWNER]);
  });

  it("leaves the tags of an instance from a template to the template", () => {
    assert.deepEqual(instance({ launchTemplate: { id: "lt-0a1b2c3d" } }), []);
  });

  it("needs no value that a preview doesn't know", () => {
    assert.deepEqual(instance({ tags: { owner: UNKNOWN } }), []);
    assert.deepEqual(instance({ tags: { Name: UNKNOWN } }), [NO_OWNER]);
    assert.deepEqual(
      reports(prevention, INSTANCE, { tags: UNKNOWN, tagsAll: { owner: "harbour-team" } }),
      [],
    );
    assert.deepEqual(reports(prevention, INSTANCE, { tags: UNKNOWN }), [
      "thrown: string value at .tags can't be known during preview",
    ]);
  });

  it("asks a template to tag its instances, which the template's own tags don't do", () => {
    const owner = { owner: "harbour-team" };
    assert.deepEqual(template({ tagSpecifications: [{ resourceType: "instance", tags: owner }] }), []);
    assert.deepEqual(
      template({
        tagSpecifications: [
          { resourceType: "volume", tags: owner },
          { resourceType: "instance", tags: { OWNER: UNKNOWN } },
        ],
      }),
      [],
    );
    for (const bad of [
      {},
      { tags: owner },
      { tagSpecifications: [{ resourceType: "volume", tags: owner }] },
      {
        tagSpecifications: [
          { resourceType: "instance", tags: { Name: "crane" } },
          { resourceType: "instance" },
        ],
      },
    ])
      assert.deepEqual(template(bad), [NO_OWNER_LAUNCHED], JSON.stringify(bad));
  });

  it("finds the owner in a template beside a resource type that a preview doesn't know", () => {
    const unknown = { resourceType: UNKNOWN, tags: { owner: "harbour-team" } };
    assert.deepEqual(
      template({
        tagSpecifications: [unknown, { resourceType: "instance", tags: { owner: "harbour-team" } }],
      }),
      [],
    );
    assert.deepEqual(template({ tagSpecifications: [unknown] }), [
      "thrown: string value at .tagSpecifications.0.resourceType can't be known during preview",
    ]);
  });

  it("reports nothing about other resources", () => {
    assert.deepEqual(reports(prevention, "aws:ebs/volume:Volume", { size: 8 }), []);
  });

  it("advises, as its severity is low", () => assert.equal(prevention.enforcementLevel, "advisory"));
});
