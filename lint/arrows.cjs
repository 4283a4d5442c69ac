/**
 * Which folder may import which: the arrows of docs/architecture.md, held by `npm run lint`. Types count like values. Specs may use
 * what they need to put their folder to the test, but those of the packages stay within the package.
 */

/** From the top to the bottom: a folder may import those below it. */
const LAYERS = ["index.ts", "components/", "config/", "contract/", "controls/", "packages/aws-events/"];

/** What each other folder may import beside itself. */
const MAY_IMPORT = {
  "functions/": ["contract/", "controls/", "packages/aws-events/"],
  "policies/": ["controls/"],
  "docs/": ["config/", "controls/"],
  "packages/local-aws/": ["packages/aws-events/"],
  "rehearsal/": ["components/", "config/", "contract/", "controls/", "policies/", "packages/"],
  "cli/": [
    "components/",
    "config/",
    "contract/",
    "controls/",
    "functions/",
    "policies/",
    "rehearsal/",
    "packages/",
    "package.json",
  ],
};
LAYERS.forEach((layer, index) => (MAY_IMPORT[layer] = LAYERS.slice(index + 1)));

const FOLDERS = [
  ...LAYERS,
  "functions/",
  "policies/",
  "docs/",
  "packages/",
  "rehearsal/",
  "cli/",
  "bench/",
  "tests/",
  "package.json",
];
const TEST_FILES = "(\\.(spec|integration)\\.ts|/testing\\.ts|/testing/.+|/spec-support\\.ts|\\.cases\\.ts)$";

const startsWith = (folders) => `^(${folders.join("|").replaceAll(".", "\\.")})`;

const arrows = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `arrows-of-${folder.replace(/\/$/, "").replaceAll("/", "-").replace(".ts", "")}`,
  comment: `${folder} may import ${allowed.length > 0 ? allowed.join(", ") : "nothing outside itself"}. See docs/architecture.md.`,
  severity: "error",
  from: {
    path: startsWith([folder]),
    ...(folder.startsWith("packages/") ? {} : { pathNot: TEST_FILES }),
  },
  to: { path: startsWith(FOLDERS), pathNot: startsWith([folder, ...allowed]) },
}));

/** What `pulumi up` and the functions need stands in `dependencies`; rehearsals, benchmarks and tests may use the rest. */
const runsInProduction = {
  name: "production-needs-dependencies",
  comment:
    "The program and its functions run where only `dependencies` are installed: move the package there.",
  severity: "error",
  from: {
    path: startsWith([...LAYERS.slice(0, -1), "functions/", "policies/"]),
    pathNot: `${TEST_FILES}|/drill\\.ts$|^controls/lib/drill/`,
  },
  to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
};

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: "controls-apart",
      comment: "No control imports another: what two of them share belongs into controls/lib/.",
      severity: "error",
      from: { path: "^controls/(?!lib/)([^/]+)/" },
      to: { path: "^controls/(?!lib/)[^/]+/", pathNot: "^controls/$1/" },
    },
    {
      name: "controls-lib-below",
      comment: "controls/lib/ knows no single control.",
      severity: "error",
      from: { path: "^controls/lib/", pathNot: TEST_FILES },
      to: { path: "^controls/(?!lib/)" },
    },
    {
      name: "nothing-imports-tests",
      comment: "Only tests import tests.",
      severity: "error",
      from: { pathNot: `${TEST_FILES}|^tests/|^bench/` },
      to: { path: `^tests/|${TEST_FILES}` },
    },
    {
      name: "no-circles",
      comment:
        "Two files that import each other can't be understood one by one: move what both need into a third one below.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "The import leads to nothing.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    runsInProduction,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(out|coverage|\\.bailiwick|\\.cache|policies/bin)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["require", "node", "types", "default"],
      extensions: [".ts", ".cjs", ".js", ".json", ".d.ts"],
    },
  },
};
