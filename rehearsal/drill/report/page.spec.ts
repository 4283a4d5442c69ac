import assert from "node:assert/strict";
import { failedResult, reportOf, resultOf } from "../testing/fakes";
import { elementsOf, loadsOf } from "../testing/wellformed";
import { renderPage } from "./page";
import { renderPicture } from "./picture";

const mixed = reportOf([
  resultOf(),
  resultOf({ region: "us-east-1", milliseconds: 340 }),
  failedResult("The role <bailiwick-forwarding> & its policy are missing.", {
    accountId: "200000000002",
    accountName: "web",
  }),
]);

describe("the report page", () => {
  it("is well formed, with a title, one main heading, two drawings and a row a drill", async () => {
    const page = await renderPage(mixed);
    const elements = elementsOf(page);
    const count = (name: string) => elements.filter((each) => each === name).length;

    assert.match(page, /<title>2 of 3 drills held – Bailiwick drill report<\/title>/);
    assert.equal(count("h1"), 1);
    assert.equal(count("svg"), 2);
    assert.equal(count("tr"), 1 + 3);
    assert.equal(count("script"), 0);
  });

  it("loads nothing from anywhere", async () => {
    assert.deepEqual(loadsOf(await renderPage(mixed)), []);
  });

  it("shows figures, causes, versions and date", async () => {
    const page = await renderPage(mixed);

    for (const shown of [
      "2 / 3",
      "230 ms",
      "The role &#60;bailiwick-forwarding&#62; &#38; its policy are missing.",
      "bailiwick 0.1.0",
      "2026-01-02 03:04 UTC",
      "o-bailiwick0",
    ])
      assert(page.includes(shown), `${shown} is missing`);
  });

  it("leaves the failures out when there are none", async () => {
    const page = await renderPage(reportOf([resultOf()]));

    assert.equal(page.includes('class="failures"'), false);
    assert.match(page, /class="verdict good"/);
  });

  it("is a page also when nothing returned to a good state", async () => {
    const page = await renderPage(reportOf([failedResult("No trail.")]));

    assert.doesNotThrow(() => elementsOf(page));
    assert.match(page, /there is nothing to draw/);
  });

  it("names its drawings for readers who can't see them, and distinguishes states without colours", async () => {
    const page = await renderPage(mixed);

    assert.equal([...page.matchAll(/<svg[^>]*role="img"[^>]*aria-label/g)].length, 2);
    assert.match(page, /✓ 1\/1 held/);
    assert.match(page, /✕ 0\/1 held/);
  });

  it("takes every colour from the palette, so that light and dark both work", async () => {
    const drawings = [...(await renderPage(mixed)).matchAll(/<svg[\s\S]*?<\/svg>/g)].join("");
    const fixed = [...drawings.matchAll(/(?:fill|stroke)="(?!none|transparent|var\(|currentColor)([^"]+)"/g)];

    assert.deepEqual(
      fixed.map(([attribute]) => attribute),
      [],
    );
  });
});

describe("the report as a picture", () => {
  it("is one well-formed SVG that loads nothing", async () => {
    const picture = await renderPicture(mixed);

    assert.equal(elementsOf(picture)[0], "svg");
    assert.deepEqual(loadsOf(picture), []);
    assert.match(picture, /2 of 3 drills held/);
  });
});
