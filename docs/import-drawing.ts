/** Draws which folder imports which, from the imports as they stand in the code. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";

const PROJECT = path.join(__dirname, "..");
/** What the drawing shows, from the top to the bottom. */
const PARTS = [
  "bench",
  "cli",
  "rehearsal",
  "index.ts",
  "policies",
  "components",
  "functions",
  "config",
  "contract",
  "controls",
  "packages/local-aws",
  "packages/aws-events",
];
/** What puts other files to the test may import what it needs. */
const TEST_FILE = /\.(spec|integration)\.ts$|\/(testing|fixtures|examples)(\/|\.ts$)|\.cases\.ts$/;

/** For each part the other parts that its files import, types included. */
function importsOfParts(): Map<string, Set<string>> {
  return new Map(
    PARTS.map((part) => {
      const targets = filesOf(path.join(PROJECT, part))
        .filter((file) => !TEST_FILE.test(file))
        .flatMap((file) =>
          ts
            .preProcessFile(readFileSync(file, "utf8"))
            .importedFiles.map(({ fileName }) => partImported(file, fileName)),
        );
      return [part, new Set(targets.filter((target) => target !== undefined && target !== part))] as [
        string,
        Set<string>,
      ];
    }),
  );
}

/** The drawing as a Mermaid flow chart. An arrow that follows from two others is left out. */
export function importDrawing(): string {
  const imports = importsOfParts();
  const lines = PARTS.flatMap((part) =>
    [...(imports.get(part) ?? [])]
      .filter((target) => !isReached(imports, part, target))
      .sort((one, other) => PARTS.indexOf(one) - PARTS.indexOf(other))
      .map((target) => `  ${idOf(part)}["${part}"] --> ${idOf(target)}["${target}"]`),
  );
  return ["```mermaid", "flowchart TD", ...lines, "```"].join("\n");
}

function filesOf(place: string): string[] {
  if (statSync(place).isFile()) return [place];
  return readdirSync(place, { withFileTypes: true })
    .filter(({ name }) => !["node_modules", "bin", ".cache"].includes(name))
    .flatMap((entry) => {
      const inner = path.join(place, entry.name);
      if (entry.isDirectory()) return filesOf(inner);
      return entry.name.endsWith(".ts") ? [inner] : [];
    });
}

function partImported(file: string, specifier: string): string | undefined {
  const target = specifier.startsWith(".")
    ? path.relative(PROJECT, path.resolve(path.dirname(file), specifier))
    : specifier.replace(/^@bailiwick\//, "packages/");
  return PARTS.find(
    (part) => target === part || target === part.replace(/\.ts$/, "") || target.startsWith(`${part}/`),
  );
}

/** Whether a path of more than one arrow leads from one part to the other. */
function isReached(imports: Map<string, Set<string>>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [...(imports.get(from) ?? [])].filter((next) => next !== to);
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (seen.has(part)) continue;
    seen.add(part);
    const next = imports.get(part) ?? new Set<string>();
    if (next.has(to)) return true;
    open.push(...next);
  }
  return false;
}

const idOf = (part: string) => part.replace(/\W/g, "_");
