import assert from "node:assert/strict";
import fc from "fast-check";
import { compile, EventTextError, matches, RuleIndex, validate } from ".";
import { eventText, patternText } from "./oracle/arbitrary";

const cloudTrail = (service: string, detail: object): string =>
  JSON.stringify({
    "detail-type": "AWS API Call via CloudTrail",
    source: `aws.${service}`,
    detail: { eventSource: `${service}.amazonaws.com`, ...detail },
  });

describe("many rules at once", () => {
  it("match like each alone, in the order of the rules, without duplicates", () => {
    const property = fc.property(
      fc.array(
        patternText.filter((text) => validate(text).valid),
        { minLength: 1, maxLength: 70 },
      ),
      fc.array(eventText, { minLength: 1, maxLength: 10 }),
      (patterns, events) => {
        const matcher = compile(patterns.map((text, number) => [`${number}`, text]));
        for (const event of events) {
          const expected = patterns.flatMap((text, number) => (matches(text, event) ? [`${number}`] : []));
          assert.deepEqual(matcher(event), expected, event);
        }
      },
    );
    fc.assert(property, { numRuns: 40 });
  });

  it("notice that an array element lacks a field that others have", () => {
    const others = Array.from({ length: 200 }, (_, n): [string, string] => [`n${n}`, `{"z":["${n}"]}`]);
    for (const [pattern, event] of [
      ['{"a":{"x":[1],"y":[{"exists":false}]}}', '{"a":[{"x":1},{"y":2}]}'],
      ['{"a":{"x":[1],"y":[{"exists":false},5]}}', '{"a":[{"x":1},{"y":2}]}'],
      [
        '{"detail":{"items":{"action":["open"],"group":[{"exists":false}]}}}',
        '{"detail":{"items":[{"action":"open"},{"action":"shut","group":"sg-1"}]}}',
      ],
    ] as const) {
      assert.equal(matches(pattern, event), true);
      assert.deepEqual(compile([["rule", pattern]])(event), ["rule"]);
      assert.deepEqual(compile([...others, ["rule", pattern]])(event), ["rule"]);
    }
    const whole = compile([["rule", '{"a":{"x":[1],"y":[{"exists":false}]}}']]);
    assert.deepEqual(whole('{"a":[{"x":1,"y":2},{"z":3}]}'), []);
  });

  it("use all values of a field that is repeated after detail", () => {
    const matcher = compile([["s3", '{"source":["aws.s3"],"detail":{"eventName":["A"]}}']]);
    assert.deepEqual(matcher('{"source":"aws.ec2","detail":{"eventName":"A"},"source":"aws.s3"}'), ["s3"]);
    assert.deepEqual(matcher('{"detail":{"eventName":"A"},"source":"aws.s3"}'), ["s3"]);
    assert.deepEqual(matcher('{"source":"aws.ec2","detail":{"eventName":"A"}}'), []);
  });

  it("read names and values with escapes, white space and brackets", () => {
    const matcher = compile([["rule", '{"detail":{"a":["x\\"y"],"b":["]}"]}}']]);
    const event =
      ' { "skipped" : { "t" : "}\\\\\\"" , "l" : [ 1 , { } ] } ,\n"detail":{"\\u0061":"x\\"y" , "b" : "]}" } } ';
    assert.deepEqual(matcher(event), ["rule"]);
  });

  it("stay exact when a field has thousands of different values", () => {
    const rules = [...Array(200).keys()].map((n): [string, string] => [
      `r${n}`,
      `{"source":["aws.s3"],"detail":{"key":["k${n}",{"prefix":"p${n}-"}]}}`,
    ]);
    const matcher = compile(rules);
    for (let n = 0; n < 9000; n++) {
      const expected = n < 200 ? [`r${n}`] : [];
      assert.deepEqual(matcher(cloudTrail("s3", { key: `k${n}` })), expected);
      assert.deepEqual(matcher(cloudTrail("s3", { key: `p${n}-x` })), expected);
    }
  });

  it("say whether anything could match, given some fields", () => {
    const index = new RuleIndex([
      '{"detail-type":["x"],"detail":{"eventName":["A",{"prefix":"B"}]}}',
      '{"detail-type":["y"]}',
    ]);
    assert.equal(index.couldMatch({ "detail-type": ["x"], "detail.eventName": ["A"] }), true);
    assert.equal(index.couldMatch({ "detail-type": ["x"], "detail.eventName": ["Bc"] }), true);
    assert.equal(index.couldMatch({ "detail-type": ["x"], "detail.eventName": ["C"] }), false);
    assert.equal(index.couldMatch({ "detail.eventName": ["C"] }), true);
  });

  it("throw for texts that turn out not to be JSON objects", () => {
    const matcher = compile([["rule", '{"a":[1]}']]);
    for (const text of [
      "",
      "[]",
      '{"a"',
      '{"a":1',
      '{"a":1}}',
      '{"a":01}',
      '{"a" 1}',
      '{"b":"x}',
      '{"a":1,}',
      "{a:1}",
    ]) {
      assert.throws(() => matcher(text), EventTextError, text);
    }
  });

  it("match nothing without rules", () => {
    assert.deepEqual(compile([])('{"a":1}'), []);
  });
});
