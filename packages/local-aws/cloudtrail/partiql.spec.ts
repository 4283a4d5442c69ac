import assert from "node:assert/strict";
import { redactLiterals, tableOfStatement } from "./partiql";

const R = "***(Redacted)";

describe("PartiQL in a record", () => {
  const statements: [title: string, statement: string, redacted: string][] = [
    [
      "keeps the keys that it looks for",
      "UPDATE Music SET Album = 'x' WHERE Artist = 'No One' AND \"SongTitle\"='It''s'",
      `UPDATE Music SET Album = ${R} WHERE Artist = 'No One' AND "SongTitle"='It''s'`,
    ],
    [
      "keeps names of attributes",
      "INSERT INTO Music VALUE {'Artist' : 'x', 'n': 1.5}",
      `INSERT INTO Music VALUE {'Artist' : ${R}, 'n': ${R}}`,
    ],
    ["keeps no key that it sets", "UPDATE Music SET Artist = 'x'", `UPDATE Music SET Artist = ${R}`],
    [
      "keeps no member of an attribute that is called as a key",
      "SELECT * FROM Music WHERE info.Artist = 'x'",
      `SELECT * FROM Music WHERE info.Artist = ${R}`,
    ],
    [
      "hides ranges, lists and functions' arguments",
      "SELECT a FROM M WHERE n BETWEEN 1 AND -2e3 OR b IN ['x', 'y'] OR contains(c, 'z')",
      `SELECT a FROM M WHERE n BETWEEN ${R} AND ${R} OR b IN [${R}, ${R}] OR contains(c, ${R})`,
    ],
    [
      "hides texts in the wrong quotes, and Ion",
      'SELECT * FROM M WHERE a = "x" AND b = `y`',
      `SELECT * FROM M WHERE a = ${R} AND b = ${R}`,
    ],
    [
      "hides truths, and says what is missing",
      "SELECT * FROM M WHERE a = TRUE AND b IS NOT NULL AND c IS MISSING AND d = ?",
      `SELECT * FROM M WHERE a = ${R} AND b IS NOT NULL AND c IS MISSING AND d = ?`,
    ],
    ["hides a text that never ends", "SELECT * FROM M WHERE a = 'x AND b", `SELECT * FROM M WHERE a = ${R}`],
    [
      "is not led astray by comments",
      "SELECT * FROM M -- it's\nWHERE a = 'x' /* ' */ AND b = 'y'",
      `SELECT * FROM M \nWHERE a = ${R}  AND b = ${R}`,
    ],
  ];
  for (const [title, statement, redacted] of statements)
    it(title, () => {
      assert.equal(redactLiterals(statement, ["Artist", "SongTitle"]), redacted);
    });

  it("names its table", () => {
    const tables = [
      'select "from" from "a.b"."index"',
      "INSERT INTO t VALUE {}",
      "update t set a=1",
      "DELETE FROM t",
      "x",
    ];

    assert.deepEqual(tables.map(tableOfStatement), ["a.b", "t", "t", "t", undefined]);
  });
});
