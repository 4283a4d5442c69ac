import assert from "node:assert/strict";
import { readSettings } from "../config";
import { inPlace } from "../controls/lib/deployed-path";
import { asPulumi, valid } from "../tests/support/configuration";
import { deployedPath } from "./deployed-path";
import { memberSides } from "./member-side";

const settingsOf = (changes: object = {}) => readSettings(asPulumi({ ...valid, ...changes }));
const accounts = (count: number) =>
  Array.from({ length: count }, (_, number) => ({
    name: `member-${number}`,
    id: String(400_000_000_000 + number),
  }));

describe("the description of the path", () => {
  it("says for each account and region what is deployed there", () => {
    const settings = settingsOf();
    const path = deployedPath(settings);

    for (const { accountId, forwarding, remediationRoles } of memberSides(settings)) {
      for (const { region, rules, deadLetterQueue } of forwarding.regions) {
        const place = { account: accountId, region };
        for (const { name, eventPattern, state, target } of rules) {
          const described = inPlace(path.forwarding.rules[name], place);
          assert.equal(described?.eventPattern, eventPattern);
          assert.equal(described.state, state);
          assert.deepEqual(
            [described.targets?.[0]?.arn, described.targets?.[0]?.roleArn],
            [target.arn, target.roleArn],
          );
        }
        assert.equal(
          inPlace(path.forwarding.deadLetterQueue, place).policy,
          JSON.stringify(deadLetterQueue.policy),
        );
      }
      for (const role of remediationRoles) {
        const described = path.roles[role.name] ?? [];
        const own =
          described.find((each) => each.accounts?.includes(accountId)) ??
          described.find((each) => each.accounts === undefined);
        const there = own && inPlace(own, { account: accountId, region: "us-east-1" });
        assert.equal(there?.trustPolicy, JSON.stringify(role.trustPolicy));
        assert.equal(there.policy.document, JSON.stringify(role.policy.document));
      }
    }
  });

  it("is as large for 5,000 accounts as for one, where they have the same", () => {
    const size = (count: number) =>
      JSON.stringify(deployedPath(settingsOf({ members: accounts(count) }))).length;

    assert.equal(size(5_000), size(1));
    assert(size(1) < 60_000, `${size(1)} characters`);
  });
});
