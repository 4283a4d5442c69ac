import assert from "node:assert/strict";
import { grantId } from "../../contract/ledger-keys";
import { exemptionTagKey } from "../../contract/names";
import { unsetSettings } from "../../contract/testing";
import { ACCOUNT, arnOf, CONTROL, createSimulation, event } from "./simulation";

const ARN = arnOf("b1");
const KEY = exemptionTagKey(CONTROL);
const APPROVER = `arn:aws:iam::${ACCOUNT}:user/approver`;
const body = (...args: Parameters<typeof event>) => JSON.stringify(event(...args));

describe("exemptions", () => {
  after(unsetSettings);

  const exemption = (change: object = {}) => ({
    control: CONTROL,
    resource: ARN,
    owner: "lights@example.com",
    reason: "Emergency exit",
    expires: "2026-12-31",
    ...change,
  });
  const outcomeWith = async (given: unknown[], tag?: string) => {
    const simulation = createSimulation({
      exemptions: given,
      ...(tag === undefined ? {} : { taggers: [APPROVER] }),
    });
    simulation.lamps.set(ARN, "on");
    await simulation.deliver([body("b1")]);
    return { simulation, outcome: simulation.outcomes.at(-1) };
  };

  it("in the configuration leave a resource as it is, with owner, reason and last day", async () => {
    const { simulation, outcome } = await outcomeWith([exemption()]);
    assert.equal(simulation.lamps.get(ARN), "on");
    assert.equal(outcome?.outcome, "exempted");
    assert.deepEqual(outcome?.exemption, {
      source: "configuration",
      owner: "lights@example.com",
      reason: "Emergency exit",
      expires: "2026-12-31",
    });
  });

  it("hold through their last day and no longer, and then are reported", async () => {
    assert.equal((await outcomeWith([exemption({ expires: "2026-03-17" })])).outcome?.outcome, "exempted");
    const { outcome } = await outcomeWith([exemption({ expires: "2026-03-16" })]);
    assert.equal(outcome?.outcome, "remediated");
    assert.match(
      outcome?.exemptionFaults?.[0] ?? "",
      /expired at the end of 2026-03-16 \(owner: lights@example.com\)/,
    );
  });

  for (const [what, broken] of [
    ["no owner", exemption({ owner: "" })],
    ["no reason", exemption({ reason: undefined })],
    ["a day that doesn't exist", exemption({ expires: "2026-02-30" })],
    ["a resource of another kind of thing", exemption({ resource: 7 })],
    ["text for an object", "b1"],
  ] as const)
    it(`with ${what} exempt nothing and are reported`, async () => {
      const { outcome } = await outcomeWith([broken]);
      assert.equal(outcome?.outcome, "remediated");
      assert.match(outcome?.exemptionFaults?.[0] ?? "", /malformed/);
    });

  it("of other controls, resources and accounts have no effect", async () => {
    const { outcome } = await outcomeWith([
      exemption({ control: "other-control-here" }),
      exemption({ resource: arnOf("b2") }),
      exemption({ accounts: ["345678901234"] }),
    ]);
    assert.equal(outcome?.outcome, "remediated");
    assert.equal(outcome?.exemptionFaults, undefined);
  });

  describe("by tag", () => {
    const TAG = "owner=lights@example.com until=2026-12-31 reason=Emergency exit";
    const tagEvent = (principal: string, value: string) => {
      const base = event("b1", {}, principal);
      return JSON.stringify({
        ...base,
        detail: { ...base.detail, eventName: "TagBulb", tags: { [KEY]: value } },
      });
    };
    const tagged = async (principal: string, value = TAG, now = value) => {
      const simulation = createSimulation({ taggers: [APPROVER] });
      simulation.lamps.set(ARN, "off");
      await simulation.deliver([tagEvent(principal, value)]);
      simulation.tags.set(ARN, { [KEY]: now });
      simulation.lamps.set(ARN, "on");
      await simulation.deliver([body("b1")]);
      return { simulation, outcome: simulation.outcomes.at(-1) };
    };

    it("hold when someone who may exempt has set it", async () => {
      const { simulation, outcome } = await tagged("approver");
      assert.equal(outcome?.outcome, "exempted");
      assert.equal(outcome?.exemption?.source, "tag");
      assert(simulation.store.items.has(grantId(CONTROL, ARN)));
    });

    it("do not hold when someone else has set it", async () => {
      const { outcome } = await tagged("maria");
      assert.equal(outcome?.outcome, "remediated");
      assert.match(outcome?.exemptionFaults?.[0] ?? "", /has not shown that someone who may exempt/);
    });

    it("do not hold when someone else has changed it since", async () => {
      const { outcome } = await tagged("approver", TAG, TAG.replace("2026", "2036"));
      assert.equal(outcome?.outcome, "remediated");
    });

    it("do not hold when malformed, even if someone who may exempt has set it", async () => {
      const { outcome } = await tagged("approver", "please");
      assert.equal(outcome?.outcome, "remediated");
      assert.match(outcome?.exemptionFaults?.[0] ?? "", /malformed: expected owner=/);
    });

    /** Delivers changes of the tag in this order: by whom, to what (undefined: it is removed), at which second of a minute. */
    const after = async (changes: [string, string | undefined, number][], now: string) => {
      const simulation = createSimulation({ taggers: [APPROVER] });
      simulation.lamps.set(ARN, "off");
      for (const [principal, value, second] of changes) {
        const base = event("b1", {}, principal);
        const tags = value === undefined ? {} : { [KEY]: value };
        const eventTime = `2026-03-17T08:00:${String(second).padStart(2, "0")}Z`;
        await simulation.deliver([JSON.stringify({ ...base, detail: { ...base.detail, tags, eventTime } })]);
      }
      simulation.tags.set(ARN, { [KEY]: now });
      simulation.lamps.set(ARN, "on");
      await simulation.deliver([body("b1")]);
      return simulation.outcomes.at(-1)?.outcome;
    };
    const OTHER_TAG = TAG.replace("12-31", "11-30");
    const histories: [string, [string, string | undefined, number][], string, string][] = [
      [
        "no more when it was removed, and set again by someone who may not exempt",
        [
          ["approver", TAG, 1],
          ["approver", undefined, 2],
          ["mallory", TAG, 3],
        ],
        TAG,
        "remediated",
      ],
      [
        "no more when someone else removed it and set it again",
        [
          ["approver", TAG, 1],
          ["mallory", undefined, 2],
          ["mallory", TAG, 2],
        ],
        TAG,
        "remediated",
      ],
      [
        "no more when someone else set it last, though its removal never arrived",
        [
          ["approver", TAG, 1],
          ["mallory", TAG, 2],
        ],
        TAG,
        "remediated",
      ],
      [
        "again when someone who may exempt sets it again",
        [
          ["approver", TAG, 1],
          ["mallory", OTHER_TAG, 2],
          ["approver", TAG, 3],
        ],
        TAG,
        "exempted",
      ],
      [
        "with the second of two values of one second",
        [
          ["approver", TAG, 1],
          ["approver", OTHER_TAG, 1],
        ],
        OTHER_TAG,
        "exempted",
      ],
      [
        "when it was removed and set in one second",
        [
          ["approver", undefined, 1],
          ["approver", TAG, 1],
        ],
        TAG,
        "exempted",
      ],
      [
        "not when someone who may exempt and someone who may not set it in one second",
        [
          ["approver", TAG, 1],
          ["mallory", TAG, 1],
        ],
        TAG,
        "remediated",
      ],
    ];
    for (const [what, history, now, outcome] of histories)
      it(`hold ${what}, in whatever order the events arrive`, async () => {
        assert.equal(await after(history, now), outcome);
        assert.equal(await after([...history].reverse(), now), outcome);
        assert.equal(await after([...history, ...history], now), outcome);
      });

    it("still hold after a failed call", async () => {
      const simulation = createSimulation({ taggers: [APPROVER] });
      simulation.lamps.set(ARN, "on");
      simulation.tags.set(ARN, { [KEY]: TAG });
      const denied = JSON.parse(tagEvent("mallory", TAG)) as { detail: object };
      await simulation.deliver([tagEvent("approver", TAG)]);
      await simulation.deliver([
        JSON.stringify({
          ...denied,
          detail: { ...denied.detail, eventTime: "2026-03-18T08:00:00Z", errorCode: "AccessDenied" },
        }),
      ]);
      await simulation.deliver([body("b1")]);
      assert.equal(simulation.outcomes.at(-1)?.outcome, "exempted");
    });

    it("that can't be read prevent remediation, and the failure is reported", async () => {
      const simulation = createSimulation({ taggers: [APPROVER] });
      simulation.lamps.set(ARN, "on");
      simulation.faults.before = (what) => {
        if (what === "tags") throw Object.assign(new Error("no"), { name: "AccessDenied" });
      };
      const { deadLetters } = await simulation.deliver([body("b1")]);
      assert.equal(deadLetters.length, 1);
      assert.deepEqual(simulation.fixes, []);
      assert.equal(simulation.outcomes.length, 4);
      assert.match(simulation.outcomes[0]?.error ?? "", /reading the tags of/);
    });
  });
});
