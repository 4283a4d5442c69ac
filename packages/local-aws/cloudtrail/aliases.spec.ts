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

  it("stands in a record with its key, when it is made or moved", () => {
    const parameters = { AliasName, TargetKeyId: "k" };

    assert.deepEqual(recordOf("CreateAlias", parameters), [[key, alias], { keyId: ARN }]);
    assert.deepEqual(recordOf("UpdateAlias", parameters), [[alias, key], { keyId: ARN }]);
  });

  it("stands in a record with the key that it had, when it is deleted", () => {
    const aliases = new Aliases();
    const deletion = call("DeleteAlias", { AliasName });
    const told = () => recordsOf(aliases.told(deletion))[0]?.record;

    for (const learned of [
      call("CreateAlias", { AliasName, TargetKeyId: "k" }),
      call("UpdateAlias", { AliasName, TargetKeyId: ARN }),
      call("ListAliases", {}, { output: { Aliases: [{ AliasName, TargetKeyId: "k" }] } }),
    ]) {
      aliases.learn(learned);
      assert.deepEqual([told()?.resources, told()?.responseElements], [[alias, key], { keyId: ARN }]);
      aliases.learn(deletion);
      assert.deepEqual([told()?.resources, told()?.responseElements], [[alias], null]);
    }
  });

  it("is in no record of a call that failed, and nothing is learned of it", () => {
    const aliases = new Aliases();
    const failed = { status: 400, errorCode: "AlreadyExistsException" };

    aliases.learn(call("CreateAlias", { AliasName, TargetKeyId: "k" }, failed));

    const deletion = call("DeleteAlias", { AliasName });
    assert.equal(aliases.told(deletion), deletion);
    assert.deepEqual(recordOf("DeleteAlias", { AliasName }, failed), [undefined, null]);
  });
});
