import assert from "node:assert/strict";
import { renderInput } from "./input";
import type { DeployedTarget } from "./services";
import { eventOf } from "./testing";

const RULE = { name: "r", arn: "arn:aws:events:eu-central-1:222222222222:rule/r" };
const NOW = new Date("2026-03-01T12:00:05.678Z");
const EVENT = eventOf({
  id: "e",
  detail: {
    state: "RUNNING",
    count: 3,
    open: false,
    tags: ["a", "b"],
    who: { name: "x" },
    list: [{ n: 1 }, { n: 2 }],
    none: null,
    said: 'a "word"',
  },
});
const render = (target: Partial<DeployedTarget>) => renderInput(target, RULE, EVENT, NOW);
const transform = (InputTemplate: string, InputPathsMap?: Record<string, string>) =>
  render({ InputTransformer: { InputTemplate, InputPathsMap } });

describe("input of a target", () => {
  it("is the event without input settings", () => {
    assert.equal(render({}), undefined);
  });

  it("is the constant of Input", () => {
    assert.equal(render({ Input: '{"a":1}' }), '{"a":1}');
  });

  it("is the part that InputPath finds", () => {
    assert.equal(render({ InputPath: "$.detail.who" }), '{"name":"x"}');
    assert.equal(render({ InputPath: "$.detail.tags[1]" }), '"b"');
    assert.equal(render({ InputPath: "$.detail.list[*].n" }), "[1,2]");
  });

  it("is the event when InputPath finds nothing", () => {
    assert.equal(render({ InputPath: "$.detail.absent" }), undefined);
  });

  describe("made by an InputTransformer", () => {
    const cases: [string, string, Record<string, string>, string][] = [
      [
        "puts strings in quotes where JSON needs them",
        '{"s": <s>}',
        { s: "$.detail.state" },
        '{"s": "RUNNING"}',
      ],
      ["puts strings into strings", '{"s": "is <s>!"}', { s: "$.detail.state" }, '{"s": "is RUNNING!"}'],
      [
        "keeps numbers and booleans what they are",
        '{"n": <n>, "b": <b>}',
        { n: "$.detail.count", b: "$.detail.open" },
        '{"n": 3, "b": false}',
      ],
      [
        "keeps objects and arrays what they are",
        '{"w": <w>, "t": <t>}',
        { w: "$.detail.who", t: "$.detail.tags" },
        '{"w": {"name":"x"}, "t": ["a","b"]}',
      ],
      ["takes the quotes out of objects inside strings", '"w <w>"', { w: "$.detail.who" }, '"w {name:x}"'],
      ["escapes strings in value position", '{"s": <s>}', { s: "$.detail.said" }, '{"s": "a \\"word\\""}'],
      ["keeps null", '{"n": <n>}', { n: "$.detail.none" }, '{"n": null}'],
      [
        "leaves variables empty whose path finds nothing",
        '{"a": "<a>", "b": <a>}',
        { a: "$.detail.absent" },
        '{"a": "", "b": ""}',
      ],
      ["leaves what is no variable alone", '"<unknown> <s>"', { s: "$.detail.state" }, '"<unknown> RUNNING"'],
      [
        "makes plain text of a template without quotes",
        "<s> it is",
        { s: "$.detail.state" },
        "RUNNING it is",
      ],
      ["takes several lines", '"<s>"\n"<n>"', { s: "$.detail.state", n: "$.detail.count" }, '"RUNNING"\n"3"'],
      [
        "knows the rule",
        '{"a": <aws.events.rule-arn>, "n": "<aws.events.rule-name>"}',
        {},
        `{"a": "${RULE.arn}", "n": "r"}`,
      ],
      [
        "knows when the event came in",
        '{"t": <aws.events.event.ingestion-time>}',
        {},
        '{"t": "2026-03-01T12:00:05Z"}',
      ],
    ];
    for (const [name, template, paths, expected] of cases) {
      it(name, () => assert.equal(transform(template, paths), expected));
    }

    it("holds the whole event, with and without its detail", () => {
      const made = JSON.parse(
        transform('{"all": <aws.events.event.json>, "head": <aws.events.event>}') ?? "",
      ) as {
        all: object;
        head: object;
      };
      assert.deepEqual(made.all, EVENT);
      assert.deepEqual(made.head, {
        ...(JSON.parse(JSON.stringify({ ...EVENT, detail: undefined })) as object),
      });
    });

    it("does not let a path replace a reserved variable", () => {
      const made = transform('{"n": "<aws.events.rule-name>"}', { "aws.events.rule-name": "$.detail.state" });
      assert.equal(made, '{"n": "r"}');
    });
  });
});
