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

  it("refuses what is cut off, crossed or no XML", () => {
    for (const text of ["<a><b></b>", "<a><b></a></b>", "{}", "", "<a"])
      assert.throws(() => parseXml(text), text);
  });
});
