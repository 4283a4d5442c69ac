import assert from "node:assert/strict";
import { list, structure, tinyModel } from "../gateway/testing/tiny-models";
import { format, HIDDEN, keep, timeInWords, type Style } from "./format";

const model = tinyModel(
  "tiny",
  "json",
  {},
  {
    Secret: { type: "string", sensitive: true },
    Bytes: { type: "blob" },
    Time: { type: "timestamp" },
    Inner: structure({ SAMLName: "Text" }),
    Inners: list("Inner"),
    Tags: { type: "map", key: { shape: "Text" }, value: { shape: "Secret" } },
    In: structure({
      DBName: "Text",
      Password: "Secret",
      Zip: "Bytes",
      At: "Time",
      Inners: "Inners",
      Tags: "Tags",
      Status: { shape: "Number", location: "statusCode" },
    }),
  },
);
const style: Style = { time: (iso) => timeInWords(iso) };
const value = {
  DBName: "d",
  Password: "p",
  Zip: "AAAA",
  At: "2024-07-30T21:46:15.000Z",
  Inners: [{ SAMLName: "s" }],
  Tags: { Key: "v" },
  Status: 204,
};

describe("Parameters in a record", () => {
  it("begin with lower-case letters at every depth, except keys of maps; secrets are hidden, bytes and status left out", () => {
    assert.deepEqual(format(model, { shape: "In" }, value, style), {
      dBName: "d",
      password: HIDDEN,
      at: "Jul 30, 2024, 9:46:15 PM",
      inners: [{ sAMLName: "s" }],
      tags: { Key: HIDDEN },
    });
  });

  it("can be left out, replaced and renamed by path", () => {
    const own: Style = {
      ...style,
      rename: { DBName: "database" },
      member: (path) => (path === "Password" ? undefined : path === "Inners.SAMLName" ? "-" : keep),
    };

    const formatted = format(
      model,
      { shape: "In" },
      { DBName: "d", Password: "p", Inners: value.Inners },
      own,
    );

    assert.deepEqual(formatted, { database: "d", inners: [{ sAMLName: "-" }] });
  });

  it("can keep their first letters and have another sign for secrets", () => {
    const own: Style = { ...style, asIs: true, hidden: "***" };

    assert.deepEqual(format(model, { shape: "In" }, { DBName: "d", Password: "p" }, own), {
      DBName: "d",
      Password: "***",
    });
  });
});

describe("A time in words", () => {
  const cases: [string, string][] = [
    ["2024-08-01T13:37:41.000Z", "Aug 1, 2024, 1:37:41 PM"],
    ["2024-01-31T00:00:09Z", "Jan 31, 2024, 12:00:09 AM"],
    ["2024-12-09T12:05:00Z", "Dec 9, 2024, 12:05:00 PM"],
    ["never", "never"],
  ];
  for (const [iso, words] of cases)
    it(`is ${words} for ${iso}`, () => {
      assert.equal(timeInWords(iso), words);
    });

  it("has no second comma in IAM's records", () => {
    assert.equal(timeInWords("2024-08-01T13:37:41Z", " "), "Aug 1, 2024 1:37:41 PM");
  });
});
