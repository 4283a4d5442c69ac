/**
 * Generated patterns and events, as texts. They have few field names and values, so that they often meet, and among them
 * the values at which matchers go wrong.
 */
import fc from "fast-check";

const names = ["a", "b", "c", "a.b", "b.c", "prefix"];
const strings = [
  ...["", "a", "ab", "abc", "b", "A", "aB", "Abc", "é", "É", "ß", "SS", "ſ", "K", "k", "😀", "??", "大雨"],
  ...["a*b", "*", "\\", 'a"', '"a', '"', "1", "1.0", "true", "null", "a.b", "x y", "\n"],
  ...["10.0.0.1", "10.0.0.200", "010.0.0.1", "10.0.1.1", "256.0.0.1", "10.0.0", "0A000001"],
  ...[
    "::1",
    "0:0:0:0:0:0:0:1",
    "::0001",
    "::ffff:a00:1",
    "2001:db8::1",
    "2001:DB8:0:0::2",
    "1:2:3",
    ":",
    "::",
  ],
];
const numbers = [
  ...[
    "0",
    "-0",
    "0.0",
    "1",
    "1.0",
    "1e0",
    "10",
    "1E+1",
    "-1",
    "0.1",
    "100e-3",
    "0.30000000000000004",
    "1e-7",
  ],
  ...[
    "300",
    "3.0e2",
    "3.018e2",
    "4999999999.999999",
    "5000000000",
    "-5000000000",
    "123456789012",
    "1.23456789012e11",
  ],
  ...["9007199254740993", "123456789012345678901", "1e400", "1e-400", "10000000"],
];
const wildcards = [
  "*",
  "",
  "a*",
  "*b",
  "a*b",
  "*b*",
  "a*c",
  "a\\*b",
  "\\\\",
  "*.*",
  "**",
  "\\",
  "\\a",
  '*"',
  "a*\\**",
];
const blocks = [
  ...[
    "10.0.0.0/24",
    "10.0.0.7/25",
    "0.0.0.0/0",
    "10.0.0.1/31",
    "10.0.0.1/32",
    "10.0.0.0/-1",
    "10.0.0.0",
    "10.0.0.0/8/",
  ],
  ...["::/0", "2001:db8::/32", "::1/127", "::1/128", "::ffff:a00:0/24", "a/8", "10.0.0.0/x", "10.0.0.0/+8"],
];

const text = fc.constantFrom(...strings).map((value) => JSON.stringify(value));
const number = fc.constantFrom(...numbers);
const word = fc.constantFrom("true", "false", "null");
const leaf = fc.oneof({ weight: 6, arbitrary: text }, { weight: 3, arbitrary: number }, word);
const list = <T>(of: fc.Arbitrary<T>, minLength = 0, maxLength = 3): fc.Arbitrary<string> =>
  fc.array(of, { minLength, maxLength }).map((items) => `[${items.join()}]`);
const object = (value: fc.Arbitrary<string>, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.constantFrom(...names), value), { minLength, maxLength })
    .map((members) => `{${members.map(([name, of]) => `${JSON.stringify(name)}:${of}`).join()}}`);

export const eventText: fc.Arbitrary<string> = fc.letrec<{ value: string; event: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: "event" },
    { weight: 5, arbitrary: leaf },
    { weight: 2, arbitrary: list(tie("value")) },
    { weight: 3, arbitrary: object(tie("value"), 0, 3) },
  ),
  event: object(tie("value"), 1, 4),
})).event;

const single = (name: string, of: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  of.map((value) => `{${JSON.stringify(name)}:${value}}`);
const wildcard = fc.constantFrom(...wildcards).map((value) => JSON.stringify(value));
const oneOrMany = (of: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(of, list(of));
const comparison = fc.constantFrom('"="', '"<"', '"<="', '">"', '">="', '"!="');
const operator = fc.oneof(
  ...["prefix", "suffix"].map((name) => single(name, text)),
  ...["prefix", "suffix"].map((name) => single(name, single("equals-ignore-case", text))),
  ...["equals-ignore-case", "exactly"].map((name) => single(name, text)),
  single("wildcard", wildcard),
  single(
    "cidr",
    fc.constantFrom(...blocks).map((value) => JSON.stringify(value)),
  ),
  single("exists", fc.constantFrom("true", "false")),
  single("exists", fc.constantFrom("true", "false")),
  single(
    "numeric",
    fc.tuple(comparison, number).map((items) => `[${items.join()}]`),
  ),
  single(
    "numeric",
    fc.tuple(comparison, number, comparison, number).map((items) => `[${items.join()}]`),
  ),
  single("anything-but", oneOrMany(text)),
  single("anything-but", oneOrMany(number)),
  ...["prefix", "suffix", "equals-ignore-case"].map((name) =>
    single("anything-but", single(name, oneOrMany(text))),
  ),
  single("anything-but", single("wildcard", oneOrMany(wildcard))),
);
/** Wrong operators and wrong operands. */
const wrong = fc.oneof(
  fc.constantFrom(
    "{}",
    "[]",
    '{"prefx":"a"}',
    '{"prefix":"a","suffix":"b"}',
    '{"exists":"true"}',
    '{"numeric":[]}',
  ),
  fc.constantFrom(
    '{"numeric":["=",1,2]}',
    '{"anything-but":[]}',
    '{"anything-but":{}}',
    '{"anything-but":["a",1]}',
  ),
  fc.constantFrom(
    ...[
      "prefix",
      "suffix",
      "equals-ignore-case",
      "wildcard",
      "cidr",
      "exists",
      "numeric",
      "anything-but",
    ].flatMap((name) =>
      ["1", "null", "true", "[]", "{}", '["a"]', '{"prefix":""}', '{"prefix":"a","suffix":"b"}'].map(
        (value) => `{"${name}":${value}}`,
      ),
    ),
  ),
);
const element = fc.oneof(
  { weight: 8, arbitrary: leaf },
  { weight: 10, arbitrary: operator },
  { weight: 1, arbitrary: wrong },
);
const field = fc.oneof(
  { weight: 20, arbitrary: list(element, 1, 3) },
  fc.constantFrom("[]", '"a"', "1", "null"),
);

export const patternText: fc.Arbitrary<string> = fc.letrec<{ body: string; pattern: string; or: string }>(
  (tie) => ({
    or: list(tie("pattern"), 1, 3),
    body: fc.oneof(
      { maxDepth: 3, depthIdentifier: "pattern" },
      { weight: 6, arbitrary: field },
      { weight: 3, arbitrary: tie("pattern") },
    ),
    pattern: fc.oneof(
      { maxDepth: 3, depthIdentifier: "pattern" },
      { weight: 5, arbitrary: object(tie("body"), 1, 3) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(object(tie("body"), 1, 2), tie("or"), fc.boolean())
          .map(([fields, or, first]) =>
            first ? `{"$or":${or},${fields.slice(1)}` : `${fields.slice(0, -1)},"$or":${or}}`,
          ),
      },
      { weight: 1, arbitrary: tie("or").map((or) => `{"$or":${or}}`) },
    ),
  }),
).pattern;
