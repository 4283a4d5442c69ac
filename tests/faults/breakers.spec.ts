import assert from "node:assert/strict";
import { grantId } from "../../contract/ledger-keys";
import { exemptionTagKey } from "../../contract/names";
import { ACCOUNT, arnOf, CONTROL, createWorld, event } from "./world";

const ARN = arnOf("b1");
const KEY = exemptionTagKey(CONTROL);
const APPROVER = `arn:aws:iam::${ACCOUNT}:user/approver`;
const body = (...args: Parameters<typeof event>) => JSON.stringify(event(...args));

describe("two automations that fight over one resource", () => {
  after(() => delete process.env["BAILIWICK_SETTINGS"]);

  const fight = async (world: ReturnType<typeof createWorld>, rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      world.lamps.set(ARN, "on");
      await world.deliver([body("b1", {}, "robot")]);
    }
  };

  it("are parted after the third time, with a word on who the other one is", async () => {
    const world = createWorld();

    await fight(world, 5);

    assert.equal(world.fixes.length, 3);
    assert.equal(world.lamps.get(ARN), "on");
    const [fourth, fifth] = world.outcomes.slice(3);
    assert.deepEqual(
      world.outcomes.map(({ outcome }) => outcome),
      ["remediated", "remediated", "remediated", "suppressed", "suppressed"],
    );
    assert.deepEqual(fourth?.breaker?.principals, [`arn:aws:iam::${ACCOUNT}:user/robot`]);
    assert.deepEqual(
      [fourth?.breaker?.scope, fourth?.breaker?.opened, fourth?.breaker?.actions],
      ["resource", true, 3],
    );
    assert.match(
      fourth?.why ?? "",
      /put right 3 times in 10 minutes.*user\/robot.*bailiwick breaker close r-/,
    );
    // Only the opening is news.
    assert.equal(fifth?.breaker?.opened, false);
  });

  it("are let at each other again when the breaker's time is over", async () => {
    const world = createWorld();
    await fight(world, 4);

    world.time.now += 60 * 60_000;
    await fight(world, 1);

    assert.equal(world.outcomes.at(-1)?.outcome, "remediated");
    assert.equal(world.lamps.get(ARN), "off");
  });

  it("are not taken for a fight when it goes slowly", async () => {
    const world = createWorld();
    for (let round = 0; round < 6; round++) {
      await fight(world, 1);
      world.time.now += 5 * 60_000;
    }
    assert.equal(world.fixes.length, 6);
  });

  it("are parted in mode enforce only: telling needs no breaker", async () => {
    const world = createWorld({ mode: "notify" });
    await fight(world, 5);
    assert(world.outcomes.every(({ outcome }) => outcome === "notified"));
  });
});

describe("a control that acts more often in an account than it may", () => {
  after(() => delete process.env["BAILIWICK_SETTINGS"]);

  it("stops, says so once, and goes on elsewhere", async () => {
    const world = createWorld({
      breaker: { resourceActions: 3, accountActions: 20, windowMinutes: 10, closeAfterMinutes: 60 },
    });
    const other = "345678901234";
    const bulbs = Array.from({ length: 60 }, (_, index) => `b${index}`);
    for (const bulb of bulbs) world.lamps.set(arnOf(bulb), "on");
    world.lamps.set(arnOf("b0", other), "on");

    await world.deliver([...bulbs.map((bulb) => body(bulb)), body("b0", { account: other })]);

    assert.equal(world.fixes.filter((arn) => arn.includes(ACCOUNT)).length, 20);
    assert.equal(world.lamps.get(arnOf("b0", other)), "off");
    const suppressed = world.outcomes.filter(({ outcome }) => outcome === "suppressed");
    assert.equal(suppressed.length, 40);
    assert.equal(suppressed.filter(({ breaker }) => breaker?.opened).length, 1);
    assert(suppressed.every(({ breaker }) => breaker?.scope === "account"));
    assert.equal(world.entries().filter(({ status }) => status === "done").length, 61);
    assert(
      world.entries().every(({ outcome, steps }) => outcome.outcome !== "suppressed" || steps.length === 0),
    );
  });
});

describe("a control's actions in an account", () => {
  after(() => delete process.env["BAILIWICK_SETTINGS"]);

  /** So many bulbs at once. @returns how many are put out. */
  const burst = async (world: ReturnType<typeof createWorld>, name: string, bulbs: number) => {
    const before = world.fixes.length;
    const names = Array.from({ length: bulbs }, (_, index) => `${name}${index}`);
    for (const each of names) world.lamps.set(arnOf(each), "on");
    await world.deliver(names.map((each) => body(each)));
    return world.fixes.length - before;
  };

  it("of the window before count as far as they are not over", async () => {
    const MINUTES = 60_000;
    const world = createWorld({
      breaker: { resourceActions: 3, accountActions: 20, windowMinutes: 10, closeAfterMinutes: 5 },
    });
    const border = Math.ceil(world.time.now / (10 * MINUTES)) * 10 * MINUTES;

    world.time.now = border - MINUTES;
    assert.equal(await burst(world, "before", 16), 16);
    world.time.now = border + 2.5 * MINUTES;
    assert.equal(await burst(world, "after", 20), 20 - 12);
    const breaker = world.outcomes.find((each) => each.breaker?.opened)?.breaker;
    assert.deepEqual([breaker?.scope, breaker?.actions], ["account", 20]);
    world.time.now = border + 20 * MINUTES;
    assert.equal(await burst(world, "later", 20), 20);
  });
});

describe("exemptions", () => {
  after(() => delete process.env["BAILIWICK_SETTINGS"]);

  const exemption = (change: object = {}) => ({
    control: CONTROL,
    resource: ARN,
    owner: "lights@example.com",
    reason: "Emergency exit",
    expires: "2026-12-31",
    ...change,
  });
  const withOne = async (given: unknown[], tag?: string) => {
    const world = createWorld({ exemptions: given, ...(tag === undefined ? {} : { taggers: [APPROVER] }) });
    world.lamps.set(ARN, "on");
    await world.deliver([body("b1")]);
    return { world, outcome: world.outcomes.at(-1) };
  };

  it("in the configuration keep a resource as it is, with owner, reason and last day", async () => {
    const { world, outcome } = await withOne([exemption()]);
    assert.equal(world.lamps.get(ARN), "on");
    assert.equal(outcome?.outcome, "exempted");
    assert.deepEqual(outcome?.exemption, {
      source: "configuration",
      owner: "lights@example.com",
      reason: "Emergency exit",
      expires: "2026-12-31",
    });
  });

  it("hold through their last day and no longer, and then are reported", async () => {
    assert.equal((await withOne([exemption({ expires: "2026-03-17" })])).outcome?.outcome, "exempted");
    const { outcome } = await withOne([exemption({ expires: "2026-03-16" })]);
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
      const { outcome } = await withOne([broken]);
      assert.equal(outcome?.outcome, "remediated");
      assert.match(outcome?.exemptionFaults?.[0] ?? "", /malformed/);
    });

  it("of other controls, resources and accounts are none of this one's business", async () => {
    const { outcome } = await withOne([
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
      const world = createWorld({ taggers: [APPROVER] });
      world.lamps.set(ARN, "off");
      await world.deliver([tagEvent(principal, value)]);
      world.tags.set(ARN, { [KEY]: now });
      world.lamps.set(ARN, "on");
      await world.deliver([body("b1")]);
      return { world, outcome: world.outcomes.at(-1) };
    };

    it("hold when someone who may exempt has set it", async () => {
      const { world, outcome } = await tagged("approver");
      assert.equal(outcome?.outcome, "exempted");
      assert.equal(outcome?.exemption?.source, "tag");
      assert(world.store.items.has(grantId(CONTROL, ARN)));
    });

    it("do not hold when someone else has set it", async () => {
      const { outcome } = await tagged("maria");
      assert.equal(outcome?.outcome, "remediated");
      assert.match(outcome?.exemptionFaults?.[0] ?? "", /has not told that someone who may exempt/);
    });

    it("do not hold when someone else has changed it since", async () => {
      const { outcome } = await tagged("approver", TAG, TAG.replace("2026", "2036"));
      assert.equal(outcome?.outcome, "remediated");
    });

    it("do not hold when malformed, whoever has set it", async () => {
      const { outcome } = await tagged("approver", "please");
      assert.equal(outcome?.outcome, "remediated");
      assert.match(outcome?.exemptionFaults?.[0] ?? "", /malformed: expected owner=/);
    });

    /** What happens to the tag, told in this order: by whom, to what (undefined: it is taken away), at which second of a minute. */
    const after = async (told: [string, string | undefined, number][], now: string) => {
      const world = createWorld({ taggers: [APPROVER] });
      world.lamps.set(ARN, "off");
      for (const [principal, value, second] of told) {
        const base = event("b1", {}, principal);
        const tags = value === undefined ? {} : { [KEY]: value };
        const eventTime = `2026-03-17T08:00:${String(second).padStart(2, "0")}Z`;
        await world.deliver([JSON.stringify({ ...base, detail: { ...base.detail, tags, eventTime } })]);
      }
      world.tags.set(ARN, { [KEY]: now });
      world.lamps.set(ARN, "on");
      await world.deliver([body("b1")]);
      return world.outcomes.at(-1)?.outcome;
    };
    const OTHER_TAG = TAG.replace("12-31", "11-30");
    const histories: [string, [string, string | undefined, number][], string, string][] = [
      [
        "no more when it was taken away, and set again by someone who may not",
        [
          ["approver", TAG, 1],
          ["approver", undefined, 2],
          ["mallory", TAG, 3],
        ],
        TAG,
        "remediated",
      ],
      [
        "no more when someone else took it away and set it again",
        [
          ["approver", TAG, 1],
          ["mallory", undefined, 2],
          ["mallory", TAG, 2],
        ],
        TAG,
        "remediated",
      ],
      [
        "no more when someone else set it last, though its removal was never told",
        [
          ["approver", TAG, 1],
          ["mallory", TAG, 2],
        ],
        TAG,
        "remediated",
      ],
      [
        "again when someone who may sets it again",
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
        "when it was taken away and set in one second",
        [
          ["approver", undefined, 1],
          ["approver", TAG, 1],
        ],
        TAG,
        "exempted",
      ],
      [
        "not when in one second both someone who may and someone who may not set it",
        [
          ["approver", TAG, 1],
          ["mallory", TAG, 1],
        ],
        TAG,
        "remediated",
      ],
    ];
    for (const [what, history, now, outcome] of histories)
      it(`hold ${what}, in whatever order it is told`, async () => {
        assert.equal(await after(history, now), outcome);
        assert.equal(await after([...history].reverse(), now), outcome);
        assert.equal(await after([...history, ...history], now), outcome);
      });

    it("do not lose their hold by a call that failed", async () => {
      const world = createWorld({ taggers: [APPROVER] });
      world.lamps.set(ARN, "on");
      world.tags.set(ARN, { [KEY]: TAG });
      const denied = JSON.parse(tagEvent("mallory", TAG)) as { detail: object };
      await world.deliver([tagEvent("approver", TAG)]);
      await world.deliver([
        JSON.stringify({
          ...denied,
          detail: { ...denied.detail, eventTime: "2026-03-18T08:00:00Z", errorCode: "AccessDenied" },
        }),
      ]);
      await world.deliver([body("b1")]);
      assert.equal(world.outcomes.at(-1)?.outcome, "exempted");
    });

    it("that can't be read let nothing be put right, and it fails loudly", async () => {
      const world = createWorld({ taggers: [APPROVER] });
      world.lamps.set(ARN, "on");
      world.faults.before = (what) => {
        if (what === "tags") throw Object.assign(new Error("no"), { name: "AccessDenied" });
      };
      const { deadLetters } = await world.deliver([body("b1")]);
      assert.equal(deadLetters.length, 1);
      assert.deepEqual(world.fixes, []);
      assert.equal(world.outcomes.length, 5);
      assert.match(world.outcomes[0]?.error ?? "", /reading the tags of/);
    });
  });
});
