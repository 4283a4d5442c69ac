import assert from "node:assert/strict";
import fc from "fast-check";
import { matches, packPatterns, patternText, type EventPattern } from ".";

const apiCall = (service: string, names: string[], more: object = {}): EventPattern => ({
  source: [`aws.${service}`],
  "detail-type": ["AWS API Call via CloudTrail"],
  detail: { eventSource: [`${service}.amazonaws.com`], eventName: names, ...more },
});
const longNames = (prefix: string, count: number): string[] =>
  [...Array(count).keys()].map((number) => `${prefix}SomeRatherLongNameOfACall${number}`);

describe("packing for forwarding", () => {
  it("joins patterns that differ in one field only, exactly", () => {
    const { patterns, overreach } = packPatterns([
      apiCall("s3", ["A", "B"]),
      apiCall("s3", ["C"]),
      apiCall("s3", ["A"]),
    ]);
    assert.deepEqual(
      patterns.map((text) => JSON.parse(text) as unknown),
      [apiCall("s3", ["A", "B", "C"])],
    );
    assert.deepEqual(overreach, { combinations: 3, unaskedCombinations: 0, uncheckedFields: {} });
  });

  it("doesn't join lists of addresses with lists of numbers, in which they would match fewer numbers", () => {
    const given: EventPattern[] = [{ detail: { b: ["Abc", { cidr: "::/0" }] } }, { detail: { b: [301.8] } }];
    const event = '{"detail":{"b":1.0}}';
    assert.equal(matches(patternText(given[0]!), event), true);

    const { patterns } = packPatterns(given);

    assert(patterns.some((text) => matches(text, event)));
    assert(patterns.some((text) => matches(text, '{"detail":{"b":301.8}}')));
  });

  it("puts different patterns into one $or while they fit", () => {
    const given = [apiCall("s3", ["A"]), apiCall("ec2", ["B"], { errorCode: [{ exists: false }] })];
    const { patterns, overreach } = packPatterns(given);
    assert.equal(patterns.length, 1);
    assert.equal(overreach.unaskedCombinations, 0);
    assert.deepEqual(overreach.uncheckedFields, {});
    assert.equal(matches(patterns[0]!, JSON.stringify({ source: "aws.s3", detail: {} })), false);
  });

  it("widens patterns to save a rule, and reports what is forwarded in vain", () => {
    const given = ["s3", "ec2", "iam", "kms"].map((service) =>
      apiCall(service, longNames("Same", 9), {
        requestParameters: { name: [{ prefix: `${service}-`.repeat(20) }] },
      }),
    );
    const { patterns, overreach } = packPatterns(given);
    assert.equal(patterns.length, 1);
    assert.ok(patterns[0]!.length <= 2048);
    assert.equal(overreach.unaskedCombinations, 0);
    assert.equal(overreach.uncheckedFields["detail.requestParameters.name"], 4);
  });

  it("never forwards an event whose name no pattern names", () => {
    const given = ["s3", "ec2", "iam"].map((service) => apiCall(service, longNames(service, 40)));
    const { patterns } = packPatterns(given);
    assert.ok(patterns.length > 1);
    const other = JSON.stringify({
      source: "aws.s3",
      "detail-type": "AWS API Call via CloudTrail",
      detail: { eventSource: "s3.amazonaws.com", eventName: "GetObject" },
    });
    assert.ok(patterns.every((text) => !matches(text, other)));
  });

  it("doesn't join events that aren't calls with calls", () => {
    const finding: EventPattern = { source: ["aws.guardduty"], "detail-type": ["GuardDuty Finding"] };
    const { patterns, overreach } = packPatterns([finding, apiCall("s3", longNames("x", 30))]);
    assert.equal(overreach.unaskedCombinations, 0);
    assert.ok(patterns.some((text) => matches(text, patternless("aws.guardduty", "GuardDuty Finding"))));
    assert.ok(patterns.every((text) => !matches(text, patternless("aws.s3", "AWS API Call via CloudTrail"))));
  });

  it("drops exists: false where it would be checked without the field that chooses the array element", () => {
    const source = ["aws.s3"];
    const given: EventPattern[] = [
      { source, detail: { p: ["p"], list: { x: ["a"], y: [{ exists: false }] } } },
      { source, detail: { p: ["p"], list: { y: [{ exists: false }], z: ["b"] } } },
    ];
    const event = JSON.stringify({ source: "aws.s3", detail: { p: "p", list: [{ x: "a" }, { y: 1 }] } });
    assert.ok(matches(patternText(given[0]!), event));
    const { patterns, overreach } = packPatterns(given, { maxLength: 80 });
    assert.equal(patterns.length, 1);
    assert.ok(matches(patterns[0]!, event));
    assert.deepEqual(overreach.uncheckedFields, {
      "detail.list.x": 1,
      "detail.list.y": 2,
      "detail.list.z": 1,
    });
  });

  it("says when a pattern can't be made to fit", () => {
    assert.throws(() => packPatterns([{ source: longNames("x", 80) }]), RangeError);
  });

  it("forwards everything that some pattern matches, in patterns of at most the length allowed", () => {
    const value = fc.constantFrom("a", "b", "c", "d");
    const element = fc.oneof(
      value,
      value.map((prefix) => ({ prefix })),
      value.map((text) => ({ "anything-but": text })),
      fc.boolean().map((exists) => ({ exists })),
    );
    const field = fc.array(element, { minLength: 1, maxLength: 3 });
    const inner = fc.dictionary(fc.constantFrom("eventName", "eventSource", "errorCode", "p"), field, {
      minKeys: 1,
    });
    const detail = fc.tuple(
      inner,
      fc.dictionary(fc.constantFrom("x", "y"), field, { minKeys: 1 }),
      fc.boolean(),
    );
    const pattern = fc
      .tuple(fc.dictionary(fc.constantFrom("source", "detail-type", "account"), field), fc.option(detail))
      .filter(([envelope, rest]) => rest !== null || Object.keys(envelope).length > 0)
      .map(([envelope, rest]): EventPattern => {
        if (rest === null) return envelope;
        const [fields, list, withList] = rest;
        return { ...envelope, detail: withList ? { ...fields, list } : fields };
      });
    const leaf = fc.constantFrom<unknown>("a", "b", "c", "dd", 1, null, [], ["a", "b"]);
    const event = fc.record({
      source: leaf,
      "detail-type": leaf,
      account: leaf,
      detail: fc.record(
        {
          eventName: leaf,
          eventSource: leaf,
          errorCode: leaf,
          p: leaf,
          list: fc.array(fc.record({ x: leaf, y: leaf }, { requiredKeys: [] }), { maxLength: 3 }),
        },
        { requiredKeys: [] },
      ),
    });
    const property = fc.property(
      fc.array(pattern, { minLength: 1, maxLength: 12 }),
      fc.array(event, { minLength: 5, maxLength: 20 }),
      fc.integer({ min: 150, max: 900 }),
      (patterns, events, maxLength) => {
        let packed: string[];
        try {
          packed = packPatterns(patterns, { maxLength }).patterns;
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
          return;
        }
        assert.ok(packed.every((text) => text.length <= maxLength));
        for (const text of events.map((given) => JSON.stringify(given))) {
          if (!patterns.some((given) => matches(patternText(given), text))) continue;
          assert.ok(
            packed.some((wide) => matches(wide, text)),
            `${text} is lost by ${packed.join(" and ")}`,
          );
        }
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});

function patternless(source: string, detailType: string): string {
  return JSON.stringify({ source, "detail-type": detailType, detail: { type: "x" } });
}
