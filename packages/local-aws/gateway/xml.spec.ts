import assert from "node:assert/strict";
import { parseXml } from "./xml";

describe("The XML reader", () => {
  it("reads elements, attributes, text, entities and CDATA, without namespace prefixes", () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<a:Root xmlns="urn:x" k="1 &amp; 2"><!-- no --><Item>x&lt;&#65;&#x42;</Item><Item><![CDATA[<raw>]]></Item><Empty/></a:Root>',
    );

    assert.equal(root.name, "Root");
    assert.deepEqual(root.attributes, { xmlns: "urn:x", k: "1 & 2" });
    assert.deepEqual(
      root.children.map(({ name, text }) => [name, text]),
      [
        ["Item", "x<AB"],
        ["Item", "<raw>"],
        ["Empty", ""],
      ],
    );
  });

  it("keeps white space inside an element that holds text", () => {
    assert.equal(parseXml("<a> b\n</a>").text, " b\n");
  });

  it("keeps text text, whatever it looks like, and joins its pieces around comments and CDATA", () => {
    const texts = ["007", "1e5", "true", " 12 ", "0x1F", ""];
    const root = parseXml(`<a>${texts.map((text) => `<b c="${text}">${text}</b>`).join("")}</a>`);

    assert.deepEqual(
      root.children.map(({ attributes, text }) => [attributes["c"], text]),
      texts.map((text) => [text, text]),
    );
    assert.equal(parseXml("<a>x<!-- no -->y<![CDATA[ & &lt; ]]>z</a>").text, "xy & &lt; z");
  });

  it("keeps the order of elements of different names", () => {
    const { children } = parseXml("<a><b/><c/><b/></a>");

    assert.deepEqual(
      children.map(({ name }) => name),
      ["b", "c", "b"],
    );
  });

  it("reads an ampersand that stands for itself, and leaves entities that XML does not have", () => {
    assert.equal(parseXml("<a>R&D &amp; &nbsp;</a>").text, "R&D & &nbsp;");
  });

  it("reads a document behind white space", () => {
    assert.equal(parseXml('\n\n\n\n\n\n<?xml version="1.0"?>\n<a/>').name, "a");
  });

  it("expands no entity that a document defines, and reads no file for one", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`,
    );
    const bomb = `<!DOCTYPE a [<!ENTITY l0 "lol">${levels.join("")}]><a>&l0;&l9;</a>`;
    assert.equal(parseXml(bomb).text, "&l0;&l9;");

    assert.throws(() => parseXml('<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>'));
  });

  it("refuses elements nested deeper than any message of AWS", () => {
    assert.throws(() => parseXml("<a>".repeat(5_000) + "</a>".repeat(5_000)), /nested/);
  });

  it("reads names that every object of JavaScript has, and refuses those that could change all of them", () => {
    assert.equal(parseXml("<a><toString>x</toString></a>").children[0]?.name, "toString");
    assert.throws(() => parseXml("<a><__proto__>x</__proto__></a>"), /__proto__/);
  });

  it("refuses text that is cut off, crossed or not XML", () => {
    for (const text of ["<a><b></b>", "<a><b></a></b>", "{}", "", "<a"])
      assert.throws(() => parseXml(text), text);
  });
});
