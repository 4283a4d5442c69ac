import assert from "node:assert/strict";
import { controls } from "../controls";
import { matchesWildcard } from "../controls/lib/wildcard";
import * as keys from "./ledger-keys";

const ARN = "arn:aws:s3:::acme";
const CONTROL = "s3-bucket-policy-not-public";
const all = (control: string) => [
  keys.outcomeId(control, ARN, "event-1"),
  keys.resourceId(control, ARN),
  keys.pinId(control, ARN),
  keys.grantId(control, ARN),
  keys.memoryId(control, "210987654321", "maria"),
  keys.accountBreakerId(control, "210987654321"),
  keys.countId(control, "210987654321", 7),
];

describe("the ledger's keys", () => {
  it("begin, behind their prefix, with digits of the control that no other control has", () => {
    const digits = controls.map(({ id }) => keys.controlDigits(id));
    assert.equal(new Set(digits).size, controls.length);
    for (const key of all(CONTROL))
      assert.match(key, new RegExp(`^([rxtmac]-)?${keys.controlDigits(CONTROL)}[0-9a-f]{14,26}$`));
  });

  it("differ for each kind, resource and event", () => {
    assert.equal(new Set(all(CONTROL)).size, 7);
    assert.notEqual(keys.outcomeId(CONTROL, ARN, "event-1"), keys.outcomeId(CONTROL, ARN, "event-2"));
    assert.notEqual(keys.resourceId(CONTROL, ARN), keys.resourceId(CONTROL, `${ARN}2`));
  });

  it("of outcomes have 20 digits, as commands take them", () => {
    assert(keys.isOutcomeId(keys.outcomeId(CONTROL, ARN, "event-1")));
    assert(!keys.isOutcomeId(keys.resourceId(CONTROL, ARN)));
  });

  it("match their own control's patterns alone", () => {
    const matching = (key: string, control: string) =>
      keys.keyPatterns(control).filter((pattern) => matchesWildcard(pattern, key)).length;

    for (const { id } of controls)
      for (const key of all(CONTROL)) assert.equal(matching(key, id), id === CONTROL ? 1 : 0, id);
  });

  it("that a control's function writes include no exemption, and those of an undo no count or memory", () => {
    const written = (kinds: Parameters<typeof keys.keyPatterns>[1]) =>
      keys.keyPatterns(CONTROL, kinds).map((pattern) => pattern.replace(keys.controlDigits(CONTROL), ""));

    assert.deepEqual(written(keys.WRITTEN_BY_CONTROL), ["*", "r-*", "t-*", "m-*", "a-*", "c-*"]);
    assert.deepEqual(written(keys.WRITTEN_BY_UNDO), ["*", "r-*", "x-*"]);
  });
});
