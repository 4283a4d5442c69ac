import assert from "node:assert/strict";
import {
  compile,
  EventPatternError,
  matches,
  parsePattern,
  patternText,
  validate,
  type EventPattern,
} from ".";

/** Empty field names, with the events that AWS's matcher accepts. */
const emptyNames: { pattern: string; accepts: string[]; refuses: string[] }[] = [
  { pattern: '{"":["x"]}', accepts: ['{"":"x"}'], refuses: ['{"":{"":"x"}}'] },
  {
    pattern: '{"":{"a":{"b":["x"]}}}',
    accepts: ['{"":{"a":{"b":"x"}}}', '{".a.b":"x"}'],
    refuses: ['{"a":{"b":"x"}}', '{"":{"":{"a":{"b":"x"}}}}'],
  },
  {
    pattern: '{"":{"":{"a":["x"]}}}',
    accepts: ['{"":{"":{"a":"x"}}}'],
    refuses: ['{"":{"a":"x"}}', '{"a":"x"}'],
  },
  { pattern: '{"":{"a":{"":["x"]}}}', accepts: ['{"":{"a":{"":"x"}}}'], refuses: ['{"a":{"":"x"}}'] },
  { pattern: '{"a":{"":{"b":["x"]}}}', accepts: ['{"a":{"":{"b":"x"}}}'], refuses: ['{"a":{"b":"x"}}'] },
  // One empty name before the field's own is forgotten.
  { pattern: '{"":{"a":["x"]}}', accepts: ['{"a":"x"}'], refuses: ['{"":{"a":"x"}}'] },
  { pattern: '{".a":["x"]}', accepts: ['{".a":"x"}', '{"":{"a":"x"}}'], refuses: ['{"a":"x"}'] },
  { pattern: '{".":["x"]}', accepts: ['{".":"x"}'], refuses: ['{"":{"":"x"}}', '{"":"x"}'] },
  {
    pattern: '{"":{"$or":[{"a":{"b":["x"]}},{"c":["x"]}]}}',
    accepts: ['{"":{"a":{"b":"x"}}}', '{"c":"x"}'],
    refuses: ['{"a":{"b":"x"}}'],
  },
  // Where $or is a field, all operators with an object in them are read.
  {
    pattern: '{"$or":{"a":[{"suffix":{"equals-ignore-case":"x"}}]}}',
    accepts: ['{"$or":{"a":"bX"}}'],
    refuses: ['{"a":"x"}', '{"$or":{"a":"xb"}}'],
  },
  {
    pattern: '{"$or":[{"prefix":{"equals-ignore-case":"x"}}]}',
    accepts: ['{"$or":"Xb"}'],
    refuses: ['{"$or":"bx"}'],
  },
];

/** Patterns of every documented operator, each with values that it accepts and values that it refuses. */
const operators: { pattern: string; accepts: string[]; refuses: string[] }[] = [
  {
    pattern: '["a"]',
    accepts: ['"a"', '["b","a"]', '[["a"]]'],
    refuses: ['"A"', '"ab"', "1", "null", "[]", "{}"],
  },
  { pattern: '[""]', accepts: ['""'], refuses: ["null", '" "', "[]"] },
  { pattern: "[null]", accepts: ["null", "[1,null]"], refuses: ['"null"', '""', "false", "[]"] },
  { pattern: "[true]", accepts: ["true"], refuses: ['"true"', "1", "false"] },
  { pattern: "[1]", accepts: ["1", "1.0", "10e-1"], refuses: ['"1"', "1.1", "true"] },
  { pattern: "[1.50]", accepts: ["1.5", "15e-1"], refuses: ["1.05"] },
  { pattern: "[123456789012]", accepts: ["123456789012", "1.23456789012e11"], refuses: ["123456789013"] },
  { pattern: '["10.0.0.1"]', accepts: ['"10.0.0.1"', '"010.0.0.1"'], refuses: ['"10.0.0.10"', '"10.0.0.2"'] },
  { pattern: '[{"prefix":"us-"}]', accepts: ['"us-"', '"us-east-1"'], refuses: ['"eu-"', '"US-"', "1"] },
  { pattern: '[{"prefix":""}]', accepts: ['""', '"x"'], refuses: ["1", "null"] },
  {
    pattern: '[{"prefix":{"equals-ignore-case":"Ab"}}]',
    accepts: ['"aBc"', '"ab"'],
    refuses: ['"a"', '"bab"'],
  },
  { pattern: '[{"suffix":".png"}]', accepts: ['"a.png"', '".png"'], refuses: ['"a.PNG"', '"png"'] },
  { pattern: '[{"suffix":{"equals-ignore-case":".Png"}}]', accepts: ['"a.pNG"'], refuses: ['"a.pngx"'] },
  {
    pattern: '[{"equals-ignore-case":"Straße"}]',
    accepts: ['"sTRASSE"', '"STRAßE"'],
    refuses: ['"strasse"'],
  },
  {
    pattern: '[{"wildcard":"a*b*c"}]',
    accepts: ['"abc"', '"aXbYc"', '"abcbc"'],
    refuses: ['"ac"', '"abcd"'],
  },
  { pattern: '[{"wildcard":"a\\\\*b"}]', accepts: ['"a*b"'], refuses: ['"axb"', '"a\\\\*b"'] },
  { pattern: '[{"wildcard":"*"}]', accepts: ['""', '"x"'], refuses: ["1", "null"] },
  {
    pattern: '[{"anything-but":"a"}]',
    accepts: ['"b"', "1", "null", '["a","b"]'],
    refuses: ['"a"', '["a"]', "[]"],
  },
  { pattern: '[{"anything-but":["a","b"]}]', accepts: ['"c"', "true"], refuses: ['"a"', '"b"'] },
  { pattern: '[{"anything-but":[1,2]}]', accepts: ["3", '"1"', "null"], refuses: ["1.0", "2"] },
  { pattern: '[{"anything-but":{"prefix":"a"}}]', accepts: ['"ba"', "1"], refuses: ['"ab"', '"a"'] },
  { pattern: '[{"anything-but":{"prefix":["a","b"]}}]', accepts: ['"c"'], refuses: ['"ax"', '"bx"'] },
  { pattern: '[{"anything-but":{"suffix":["a","b"]}}]', accepts: ['"ac"'], refuses: ['"xa"', '"xb"'] },
  { pattern: '[{"anything-but":{"equals-ignore-case":["a"]}}]', accepts: ['"b"', "null"], refuses: ['"A"'] },
  {
    pattern: '[{"anything-but":{"wildcard":["*/a/*","b*"]}}]',
    accepts: ['"/a"', "1"],
    refuses: ['"x/a/y"', '"b"'],
  },
  { pattern: '[{"numeric":["=",3.018e2]}]', accepts: ["301.8"], refuses: ['"301.8"', "301.80001"] },
  { pattern: '[{"numeric":[">",0,"<=",5]}]', accepts: ["0.1", "5"], refuses: ["0", "5.1", '"1"', "null"] },
  { pattern: '[{"numeric":["<",-1]}]', accepts: ["-1.5"], refuses: ["-1", "0"] },
  { pattern: '[{"exists":true}]', accepts: ["null", '""', "[0]"], refuses: ["[]", "{}", '{"x":1}'] },
  { pattern: '[{"exists":false}]', accepts: ["[]", "{}", '{"x":1}'], refuses: ["null", '""', "[[0]]"] },
  {
    pattern: '[{"cidr":"10.0.0.128/25"}]',
    accepts: ['"10.0.0.128"', '"10.0.0.255"'],
    refuses: ['"10.0.0.127"', '"x"'],
  },
  {
    pattern: '[{"cidr":"2001:db8::/32"}]',
    accepts: ['"2001:DB8:0::1"'],
    refuses: ['"2001:db9::"', '"10.0.0.1"'],
  },
  {
    pattern: '["a",{"numeric":[">",5]},{"exists":false}]',
    accepts: ['"a"', "6", "[]"],
    refuses: ['"b"', "5"],
  },
];

const refused: [why: string, pattern: string, error: RegExp][] = [
  ["text that isn't JSON", '{"a":["b"]', /Unexpected end-of-input/],
  ["text after the pattern", '{"a":["b"]} x', /Unexpected text/],
  ["a list instead of an object", '["a"]', /Filter is not an object/],
  ["an empty pattern", "{}", /Empty objects are not allowed/],
  ["an empty object", '{"a":{}}', /Empty objects are not allowed at \["a";/],
  ["an empty list", '{"a":[]}', /Empty arrays are not allowed at \["a";/],
  [
    "a value outside a list",
    '{"a":{"b":"c"}}',
    /"b" must be an object or an array at \["a\.b"; line: 1, column: 11\]/,
  ],
  ["a list in a list", '{"a":[["b"]]}', /Match value must be String, number, true, false, or null/],
  ["an unknown operator", '{"a":[{"prefx":"b"}]}', /Unrecognized match type prefx/],
  ["an operator in the wrong case", '{"a":[{"Prefix":"b"}]}', /Unrecognized match type Prefix/],
  [
    "two operators in one object",
    '{"a":[{"prefix":"b","suffix":"c"}]}',
    /Only one key allowed in match expression/,
  ],
  ["a prefix that is a number", '{"a":[{"prefix":1}]}', /prefix match pattern must be a string/],
  ["a list of prefixes", '{"a":[{"prefix":["b"]}]}', /prefix match pattern must be a string/],
  [
    "an unknown kind of suffix",
    '{"a":[{"suffix":{"wildcard":"*"}}]}',
    /Unsupported suffix pattern: wildcard/,
  ],
  ["a list of equals-ignore-case", '{"a":[{"equals-ignore-case":["b"]}]}', /must be a string/],
  ["two asterisks in a row", '{"a":[{"wildcard":"b**c"}]}', /Consecutive wildcard characters at pos 2/],
  ["a backslash before a letter", '{"a":[{"wildcard":"\\\\b"}]}', /Invalid escape character at pos 1/],
  ["too complex wildcards", '{"a":[{"wildcard":"*-*-*-*-*-*-x"}]}', /Rule is too complex/],
  ["a mixed anything-but", '{"a":[{"anything-but":["b",1]}]}', /either all values are number or string/],
  ["an empty anything-but", '{"a":[{"anything-but":[]}]}', /either all values are number or string/],
  ["anything-but null", '{"a":[{"anything-but":null}]}', /must be an array or single string\/number value/],
  [
    "anything-but an empty prefix",
    '{"a":[{"anything-but":{"prefix":""}}]}',
    /Null prefix\/suffix not allowed/,
  ],
  [
    "anything-but numeric",
    '{"a":[{"anything-but":{"numeric":["=",1]}}]}',
    /Unsupported anything-but pattern: numeric/,
  ],
  ["an unknown comparison", '{"a":[{"numeric":["!=",1]}]}', /Unrecognized numeric range operator: !=/],
  ["a comparison with a text", '{"a":[{"numeric":["=","1"]}]}', /Value of equals must be numeric/],
  ["a range upside down", '{"a":[{"numeric":[">",5,"<",1]}]}', /Bottom must be less than top/],
  ["a range of two lower ends", '{"a":[{"numeric":[">",0,">",0]}]}', /Bad numeric range operator: >/],
  ["a number beyond 5e9", '{"a":[{"numeric":[">",5000000000.1]}]}', /between -5\.0E9 and 5\.0E9/],
  ["exists with a text", '{"a":[{"exists":"true"}]}', /exists match pattern must be either true or false/],
  ["a CIDR without a mask", '{"a":[{"cidr":"10.0.0.0"}]}', /Malformed CIDR, one '\/' required/],
  ["an IPv4 mask of 32", '{"a":[{"cidr":"10.0.0.0/32"}]}', /IPv4 mask bits must be < 32/],
  ["a CIDR of no address", '{"a":[{"cidr":"10.0.0.256/8"}]}', /Invalid IP address: 10\.0\.0\.256/],
  ["an $or of one", '{"$or":[{"a":["b"]}]}', /at least 2 Objects in \$or/],
  [
    "more than 1,000 combinations",
    `{${Array.from({ length: 10 }, (_, i) => `"f${i}":{"$or":[{"a":[1]},{"b":[1]}]}`).join()}}`,
    /more than 1000 combinations/,
  ],
];

describe("field names that are empty, and $or as one", () => {
  for (const { pattern, accepts, refuses } of emptyNames)
    it(`match as AWS's matcher does: ${pattern}`, () => {
      const matcher = compile([["rule", pattern]]);
      for (const event of [...accepts, ...refuses]) {
        const wanted = accepts.includes(event);
        assert.equal(matches(pattern, event), wanted, event);
        assert.equal(matcher(event).length > 0, wanted, event);
      }
    });
});

describe("event patterns", () => {
  for (const { pattern, accepts, refuses } of operators) {
    it(`${pattern} accepts ${accepts.join(" ")} and not ${refuses.join(" ")}`, () => {
      const text = `{"f":${pattern}}`;
      assert.deepEqual(validate(text), { valid: true });
      for (const value of accepts) assert.equal(matches(text, `{"f":${value}}`), true, `${value} is refused`);
      for (const value of refuses)
        assert.equal(matches(text, `{"f":${value}}`), false, `${value} is accepted`);
    });
  }

  for (const [why, pattern, error] of refused) {
    it(`are refused for ${why}`, () => {
      const answer = validate(pattern);
      assert.equal(answer.valid, false);
      assert.match(answer.error ?? "", /^Event pattern is not valid\. Reason: /);
      assert.match(answer.error ?? "", error);
      assert.throws(() => matches(pattern, "{}"), EventPatternError);
    });
  }

  it("require every field that they name, and ignore the others", () => {
    const pattern = '{"a":[1],"b":{"c":[2]}}';
    assert.equal(matches(pattern, '{"a":1,"b":{"c":2,"d":3},"e":4}'), true);
    assert.equal(matches(pattern, '{"a":1,"b":{"d":2}}'), false);
    assert.equal(matches(pattern, '{"A":1,"b":{"c":2}}'), false);
  });

  it("require values from the same array element", () => {
    const pattern = '{"list":{"name":["x"],"value":[1]}}';
    assert.equal(matches(pattern, '{"list":[{"name":"x","value":2},{"name":"y","value":1}]}'), false);
    assert.equal(matches(pattern, '{"list":[{"name":"x","value":2},{"name":"x","value":1}]}'), true);
    assert.equal(matches(pattern, '{"list":[[{"name":"x"}],[{"value":1}]]}'), false);
  });

  it("check exists: false in the element that the fields before it chose", () => {
    const pattern = '{"list":{"name":["x"],"value":[{"exists":false}]}}';
    assert.equal(matches(pattern, '{"list":[{"name":"x"},{"name":"y","value":1}]}'), true);
    assert.equal(matches(pattern, '{"list":[{"name":"x","value":1},{"name":"y"}]}'), false);
  });

  it("match one of the objects of an $or, at any depth, beside the other fields", () => {
    const pattern = '{"s":["x"],"d":{"$or":[{"a":[1]},{"b":{"$or":[{"c":[2]},{"e":[3]}]}}]}}';
    assert.equal(matches(pattern, '{"s":"x","d":{"a":1}}'), true);
    assert.equal(matches(pattern, '{"s":"x","d":{"b":{"e":3}}}'), true);
    assert.equal(matches(pattern, '{"s":"x","d":{"a":2,"b":{"c":3}}}'), false);
    assert.equal(matches(pattern, '{"s":"y","d":{"a":1}}'), false);
  });

  it("read an $or that is not the operator as a field of that name, as AWS does", () => {
    assert.equal(matches('{"$or":["a","b"]}', '{"$or":"b"}'), true);
    assert.equal(matches('{"$or":[{"prefix":"a"},{"prefix":"b"}]}', '{"$or":"bc"}'), true);
  });

  it("use the last list of a repeated field, and all fields of repeated objects", () => {
    assert.equal(matches('{"a":[1],"a":[2]}', '{"a":2}'), true);
    assert.equal(matches('{"a":[1],"a":[2]}', '{"a":1}'), false);
    assert.equal(matches('{"d":{"a":[1]},"d":{"b":[2]}}', '{"d":{"b":2}}'), false);
  });

  it("use all values of a repeated field of an event", () => {
    assert.equal(matches('{"a":[1]}', '{"a":1,"a":2}'), true);
  });

  it("join the steps of a path with dots", () => {
    assert.equal(matches('{"a":{"b":{"c":[1]}}}', '{"a":{"b.c":1}}'), true);
    assert.equal(matches('{"a.b":[1]}', '{"a":{"b":1}}'), true);
  });

  it("throw for an event that is not a JSON object", () => {
    assert.throws(() => matches('{"a":[1]}', "[1]"), { name: "EventTextError" });
    assert.throws(() => matches('{"a":[1]}', '{"a":1'), { name: "EventTextError" });
  });

  it("become text, and data again", () => {
    const pattern: EventPattern = { source: ["aws.s3"], detail: { eventName: [{ prefix: "Put" }] } };
    assert.deepEqual(parsePattern(patternText(pattern)), pattern);
    assert.deepEqual(parsePattern('{"detail":{"a":[1]},"detail":{"b":[2],"b":[3]}}'), {
      detail: { a: [1], b: [3] },
    });
  });

  it("don't compile with wrong operators", () => {
    const good: EventPattern = {
      source: ["aws.s3", { prefix: { "equals-ignore-case": "aws." } }],
      detail: { $or: [{ a: [null, 1, true] }, { b: { c: [{ "anything-but": { wildcard: ["*x"] } }] } }] },
    };
    const wrong: EventPattern[] = [
      // @ts-expect-error an operator that doesn't exist
      { source: [{ prefx: "aws." }] },
      // @ts-expect-error a value outside a list
      { source: "aws.s3" },
      // @ts-expect-error a field that no event has
      { detailType: ["x"] },
      // @ts-expect-error a prefix takes no list
      { detail: { a: [{ prefix: ["a"] }] } },
      // @ts-expect-error a lower end comes first
      { detail: { a: [{ numeric: ["<", 5, ">", 1] }] } },
      // @ts-expect-error a mixed list
      { detail: { a: [{ "anything-but": ["a", 1] }] } },
      // @ts-expect-error two at least
      { $or: [{ source: ["a"] }] },
    ];
    patternText(good);
    for (const pattern of wrong.filter((_, number) => number !== 2)) {
      assert.throws(() => patternText(pattern), EventPatternError);
    }
  });
});
