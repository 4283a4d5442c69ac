import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { pages } from "./generate";

describe("generated pages", () => {
  for (const [name, page] of Object.entries(pages)) {
    it(`docs/${name} agrees with the code (npm run docs writes it)`, () => {
      assert.equal(readFileSync(path.join(__dirname, name), "utf8"), page());
    });
  }
});
