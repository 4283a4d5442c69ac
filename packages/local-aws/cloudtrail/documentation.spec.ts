import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { DIFFERS_EVERYWHERE } from "./testing/cases";
import { computeCases } from "./testing/cases-compute";
import { identityCases } from "./testing/cases-identity";
import { lambdaCases } from "./testing/cases-lambda";
import { serviceCases } from "./testing/cases-services";
import { storageCases } from "./testing/cases-storage";
import { versionedCases } from "./testing/cases-versioned";

const PAGE = path.join(__dirname, "..", "docs", "cloudtrail.md");

describe("The page about the local CloudTrail", () => {
  it("lists exactly the differences that the comparison knows, with their reasons", async () => {
    const page = await readFile(PAGE, "utf8");
    const listed = page.split("\n").filter((line) => /^- `[a-z0-9]+ [A-Z]/.test(line));

    const known = [
      ...identityCases,
      ...storageCases,
      ...computeCases,
      ...lambdaCases,
      ...serviceCases,
      ...versionedCases,
    ].flatMap(({ source, event, differs = {} }) =>
      Object.entries(differs).map(([field, reason]) => `- \`${source} ${event}\`, \`${field}\`: ${reason}`),
    );

    assert.deepEqual(listed.sort(), known.sort());
  });
  it("says what differs in every record", async () => {
    const page = (await readFile(PAGE, "utf8")).replace(/\n {2}(?=\S)/g, " ");

    for (const [field, how] of Object.entries(DIFFERS_EVERYWHERE))
      assert.ok(page.includes(`\n- \`${field}\` ${how}\n`), `${field} ${how}`);
  });
});
