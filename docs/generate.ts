/**
 * The pages that are made from the code: the catalogue and the configuration reference. `npm run docs` writes them, a spec compares them.
 */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { configurationSchema, exampleOf } from "../config/schema";
import { controls } from "../controls";
import type { CatalogueEntry } from "../controls/lib/control";
import { preventions, unpreventable } from "../controls/prevention";

const NOTE = "<!-- Made by `npm run docs`. Change the code it is made from instead. -->";

export const pages: Record<string, () => string> = {
  "configuration.md": configurationPage,
  "catalogue.md": cataloguePage,
};

type Schema = v.GenericSchema & {
  entries?: Record<string, Schema>;
  wrapped?: Schema;
  item?: Schema;
  value?: Schema;
  default?: unknown;
  message?: unknown;
};

function configurationPage(): string {
  const rows = rowsOf("bailiwick:", configurationSchema);
  return [
    NOTE,
    "# Configuration",
    "",
    "What a stack may set under `bailiwick:` in `Pulumi.<stack>.yaml`. A key that isn't listed is refused, and every fault is named at once",
    "with its path, what was found, what is expected and an example.",
    "",
    "| Key | Meaning | Value | Default | Example |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function rowsOf(prefix: string, schema: Schema): string[] {
  return Object.entries(schema.entries ?? {}).flatMap(([key, entry]) => {
    const inner = bare(entry);
    const children = inner.entries ?? bare(inner.item ?? inner).entries ?? bare(inner.value ?? inner).entries;
    const below = inner.item ? "[]" : inner.value && !inner.entries ? ".<id>" : "";
    const name = `${prefix}${key}`;
    const row = `| ${[`\`${name}\``, descriptionOf(entry), typeof inner.message === "string" ? inner.message : "", defaultOf(entry), code(exampleOf(entry))].map(cell).join(" | ")} |`;
    const nested = children === undefined ? [] : rowsOf(`${name}${below}.`, { entries: children } as Schema);
    return [row, ...nested];
  });
}

const bare = (schema: Schema): Schema => (schema.wrapped === undefined ? schema : bare(schema.wrapped));
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (text: string | undefined) => (text === undefined ? "" : `\`${text}\``);

function descriptionOf(schema: Schema): string {
  return v.getDescription(schema) ?? (schema.wrapped === undefined ? "" : descriptionOf(schema.wrapped));
}

function defaultOf(schema: Schema): string {
  if (schema.wrapped === undefined) return "required";
  return schema.default === undefined ||
    (typeof schema.default === "object" && Object.keys(schema.default ?? {}).length === 0)
    ? "-"
    : `\`${JSON.stringify(schema.default)}\``;
}

function cataloguePage(): string {
  return [
    NOTE,
    "# Catalogue",
    "",
    `${controls.length} controls. Each is one required state with all its sides in one folder: detection, remediation, prevention, drill.`,
    "",
    "| Control | Required state | Severity | Looks after |",
    "| --- | --- | --- | --- |",
    ...controls.map(
      (control) =>
        `| [\`${control.id}\`](#${control.id}) | ${control.title} | ${control.severity} | ${eventsOf(control)} |`,
    ),
    "",
    ...controls.flatMap(section),
    "## Watches",
    "",
    "Beside these a stack may watch any API call by its name: `bailiwick watch add iam:CreateUser --channel <channel>` makes a control that",
    "only tells that channel of it, failed attempts included. `bailiwick watch list` lists them, `bailiwick watch remove` removes one. See",
    "[messages](notifications.md).",
    "",
  ].join("\n");
}

function section(control: CatalogueEntry): string[] {
  const permissions = control.permissions({
    partition: "aws",
    account: "<account>",
    region: "<region>",
    id: "<id>",
  });
  return [
    `## ${control.id}`,
    "",
    `**${control.title}.** ${control.description}`,
    "",
    `- Severity: ${control.severity}`,
    `- Resource: \`${control.resourceType}\``,
    `- Frameworks: ${control.frameworks.join(" · ")}`,
    `- After: ${eventsOf(control)}`,
    `- By hand: ${control.remediationSteps}`,
    `- In a Pulumi program: ${preventionIn(control)}`,
    `- Folder: [controls/${control.id}](../controls/${control.id})`,
    ...(control.parameters === undefined
      ? []
      : [`- Parameters, by default: \`${JSON.stringify(v.parse(control.parameters, {}))}\``]),
    "",
    ...(control.describe
      ? ["It only tells, by the event alone: it has no role in the member accounts.", ""]
      : [
          "What its function may do in a member account:",
          "",
          "```json",
          JSON.stringify(permissions, null, 2),
          "```",
          "",
        ]),
  ];
}

function preventionIn({ id }: CatalogueEntry): string {
  const policy = preventions.find(({ name }) => name === id);
  if (!policy) return `not prevented. ${unpreventable[id] ?? ""}`;
  const types = policy.resourceTypes.map((type) => `\`${type}\``).join(", ");
  return `${policy.enforcementLevel === "mandatory" ? "refused" : "advised against"} by the policy pack, which judges ${types}`;
}

function eventsOf(control: CatalogueEntry): string {
  const { detail, ...envelope } = control.pattern as {
    detail?: { eventName?: unknown[] };
    "detail-type"?: unknown[];
  };
  // Services' own events have no name; their type says what happened.
  return (detail?.eventName ?? envelope["detail-type"] ?? [])
    .map((name) => `\`${typeof name === "string" ? name : JSON.stringify(name)}\``)
    .join(", ");
}

if (require.main === module) {
  for (const [name, page] of Object.entries(pages)) writeFileSync(path.join(__dirname, name), page());
}
