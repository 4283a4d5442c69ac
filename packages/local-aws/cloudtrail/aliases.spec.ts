import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { structure, tinyCall, tinyModel } from "../gateway/testing/tiny-models";
import { Aliases } from "./aliases";
import { recordsOf } from "./record";

const model = tinyModel(
  "kms",
  "json",
  {
    CreateAlias: { input: "In" },
    UpdateAlias: { input: "In" },
    DeleteAlias: { input: "In" },
    ListAliases: { input: "In" },
  },
  { In: structure({ AliasName: "Text", TargetKeyId: "Text" }) },
);
const ARN = "arn:aws:kms:eu-west-1:333333333333:key/k";
const AliasName = "alias/data";
const call = (operation: string, parameters: JsonObject, more: Parameters<typeof tinyCall>[0] = {}) =>
  tinyCall({ model: model.operations[operation], parameters, ...more });
const entry = (arn: string) => ({ accountId: "333333333333", type: "AWS::KMS::Key", ARN: arn });
const key = entry(ARN);
const alias = entry("arn:aws:kms:eu-west-1:333333333333:alias/data");

describe("An alias of KMS", () => {
  const recordOf = (...given: Parameters<typeof call>) => {
    const [recorded] = recordsOf(call(...given));
    assert.ok(recorded);
    return [recorded.record.resources, recorded.record.responseElements];
  };

  it("is recorded with its key when it is created or moved", () => {
    const parameters = { AliasName, TargetKeyId: "k" };

    assert.deepEqual(recordOf("CreateAlias", parameters), [[key, alias], { keyId: ARN }]);
    assert.deepEqual(recordOf("UpdateAlias", parameters), [[alias, key], { keyId: ARN }]);
  });

  it("is recorded with its former key when it is deleted", () => {
    const aliases = new Aliases();
    const deletion = call("DeleteAlias", { AliasName });
    const recorded = () => recordsOf(aliases.withKey(deletion))[0]?.record;

    for (const earlier of [
      call("CreateAlias", { AliasName, TargetKeyId: "k" }),
      call("UpdateAlias", { AliasName, TargetKeyId: ARN }),
      call("ListAliases", {}, { output: { Aliases: [{ AliasName, TargetKeyId: "k" }] } }),
    ]) {
      aliases.observe(earlier);
      assert.deepEqual([recorded()?.resources, recorded()?.responseElements], [[alias, key], { keyId: ARN }]);
      aliases.observe(deletion);
      assert.deepEqual([recorded()?.resources, recorded()?.responseElements], [[alias], null]);
    }
  });

  it("is neither recorded nor observed for a failed call", () => {
    const aliases = new Aliases();
    const failed = { status: 400, errorCode: "AlreadyExistsException" };

    aliases.observe(call("CreateAlias", { AliasName, TargetKeyId: "k" }, failed));

    const deletion = call("DeleteAlias", { AliasName });
    assert.equal(aliases.withKey(deletion), deletion);
    assert.deepEqual(recordOf("DeleteAlias", { AliasName }, failed), [undefined, null]);
  });
});
