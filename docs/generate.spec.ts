import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { pages } from "./generate";

describe("generated pages", () => {
  for (const [name, page] of Object.entries(pages)) {
    it(`docs/${name} agrees with the code`, () => {
      const written = readFileSync(path.join(__dirname, name), "utf8");

      assert(
        written === page(),
        `docs/${name} is not what the code makes of it: run npm run docs, and commit it.`,
      );
    });
  }
});
