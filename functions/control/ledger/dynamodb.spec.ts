import assert from "node:assert/strict";
import { attributesOf, itemOf } from "./dynamodb";

/** DynamoDB's longest item, in bytes. */
const LONGEST_ITEM = 400 * 1024;
const ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:/()#,@[]+=&;{}!$*";

describe("an item of the ledger", () => {
  const item = (body: string) => ({ id: "5a1f0c97d2e84b6aa0c3", version: 2, expires: 1_800_000_000, body });
  const bytes = ({ body }: ReturnType<typeof attributesOf>) => body?.B?.length ?? body?.S?.length ?? 0;

  it("is stored as it is when it is short, so that people can read it", () => {
    const attributes = attributesOf(item(`{"outcome":{}}`));

    assert.equal(attributes["body"]?.S, `{"outcome":{}}`);
    assert.deepEqual(itemOf(attributes), item(`{"outcome":{}}`));
  });

  it("holds a security group's thousand rules, however they are described", () => {
    let state = 1;
    const character = () => ALPHABET[(state = (state * 48_271) % 2_147_483_647) % ALPHABET.length] ?? "";
    const rules = Array.from({ length: 1000 }, (_, index) => ({
      SecurityGroupRuleId: `sgr-${index.toString(16).padStart(17, "0")}`,
      CidrIpv4: "0.0.0.0/0",
      FromPort: index,
      ToPort: index,
      Description: Array.from({ length: 255 }, character).join(""),
    }));
    const large = item(JSON.stringify({ steps: [{ before: rules }] }));
    assert(large.body.length > 350_000);

    const attributes = attributesOf(large);

    assert(bytes(attributes) < LONGEST_ITEM - 10_000, `${bytes(attributes)} bytes`);
    assert.deepEqual(itemOf(attributes), large);
  });
});
