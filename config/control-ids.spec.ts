import assert from "node:assert/strict";
import { controls } from "../controls";
import { faultsOf, valid } from "../tests/support/configuration";

/** The three places in which a configuration names a control. */
const configurationsOf = (id: string): Record<string, object> => ({
  [`bailiwick:controls.${id}`]: { ...valid, controls: { [id]: { mode: "off" } } },
  "bailiwick:channels.audit.controls[0]": {
    ...valid,
    channels: { audit: { email: { addresses: ["audit@example.com"] }, controls: [id] } },
  },
  "bailiwick:exemptions[0].control": {
    ...valid,
    exemptions: [
      {
        control: id,
        resource: "arn:aws:s3:::website",
        owner: "web@example.com",
        reason: "website",
        expires: "2099-01-31",
      },
    ],
  },
});

describe("the id of a control", () => {
  const renamed = controls.filter(({ formerIds = [] }) => formerIds.length > 0);

  it("is accepted wherever a configuration names a control", () => {
    for (const { id } of controls)
      for (const [path, configuration] of Object.entries(configurationsOf(id)))
        assert.deepEqual(faultsOf(configuration), [], path);
  });

  it("has the present id stated wherever a configuration names a former one", () => {
    assert(renamed.some(({ id }) => id === "s3-bucket-creation-reported"));
    for (const { id, formerIds = [] } of renamed)
      for (const formerId of formerIds)
        for (const [path, configuration] of Object.entries(configurationsOf(formerId)))
          assert.deepEqual(faultsOf(configuration), [
            {
              path,
              found: `"${formerId}"`,
              expected: `${id}, the present id of this control`,
              example: id,
            },
          ]);
  });

  it("is found as it was written, beside the known ids, wherever it names no control", () => {
    for (const [path, configuration] of Object.entries(configurationsOf("s3-bucket-public"))) {
      const [fault, ...others] = faultsOf(configuration);

      assert.equal(fault?.path, path);
      assert.equal(fault.found, '"s3-bucket-public"');
      assert.equal(fault.expected, `one of ${controls.map(({ id }) => id).join(", ")}`);
      assert.deepEqual(others, []);
    }
  });

  it("is never another control's id, present or former", () => {
    const ids = controls.flatMap(({ id, formerIds = [] }) => [id, ...formerIds]);

    assert.equal(new Set(ids).size, ids.length);
  });
});
