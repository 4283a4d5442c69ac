/** Edits a stack's file as a person would: only the lines concerned change, so that comments and layout stay. */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { isMap, isScalar, isSeq, parseDocument, type Document, type Node, type YAMLMap } from "yaml";
import type { Severity } from "../../controls/lib/control";
import type { Watch } from "../../controls/lib/watch";
import { localChannels } from "../../rehearsal/channels/local-channels";
import { programFolder } from "../../rehearsal/stack";
import { CommandError, ExitCode } from "../errors";
import { suggestion } from "../suggestion";

const KEY = "bailiwick:watches";

export type WrittenWatch = Omit<Watch, "severity"> & { severity?: Severity };

export interface StackFile {
  /** `Pulumi.dev.yaml`. */
  name: string;
  channels(): string[];
  watches(): Watch[];
  addWatch(watch: WrittenWatch): void;
  removeWatches(which: (watch: Watch) => boolean): void;
}

/** @throws CommandError when there is no such file, or it can't be read. */
export function readStackFile(stack: string, folder = programFolder): StackFile {
  const name = `Pulumi.${stack}.yaml`;
  const file = path.join(folder, name);
  if (!existsSync(file)) throw noSuchStack(stack, folder);
  let text = readFileSync(file, "utf8");
  const parsed = (): Document => {
    const document = parseDocument(text);
    const [fault] = document.errors;
    if (fault) throw new CommandError(`${name} can't be read. ${fault.message}`, ExitCode.setup);
    return document;
  };
  const save = (changed: string) => {
    text = changed;
    parsed();
    // Atomically.
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  parsed();
  return {
    name,
    channels() {
      const found = parsed().getIn(["config", "bailiwick:channels"]);
      const written = isMap(found) ? found.items.map(({ key }) => keyText(key)) : [];
      // The local organization's channels come with its deployment.
      return stack === "local"
        ? [...new Set([...written, ...Object.keys(localChannels({ url: "" }))])]
        : written;
    },
    watches: () => watchNodes(parsed()).map(watchOf),
    addWatch: (watch) => save(withWatch(text, parsed(), watch)),
    removeWatches: (which) => save(withoutWatches(text, parsed(), which)),
  };
}

function noSuchStack(stack: string, folder: string): CommandError {
  const stacks = readdirSync(folder).flatMap((each) => /^Pulumi\.(.+)\.yaml$/.exec(each)?.[1] ?? []);
  const hint = suggestion(stack, stacks, "--stack");
  return new CommandError(`There is no Pulumi.${stack}.yaml. ${hint}`, ExitCode.usage);
}

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);

function watchNodes(document: Document): YAMLMap[] {
  const list = document.getIn(["config", KEY]);
  return isSeq(list) ? list.items.filter((item) => isMap(item)) : [];
}

const watchOf = (node: YAMLMap): Watch => ({
  event: String(node.get("event")),
  channel: String(node.get("channel")),
  severity: (node.get("severity") as Severity | undefined) ?? "medium",
});

const written = (watch: WrittenWatch): string =>
  `- { ${Object.entries(watch)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")} }`;

function withWatch(text: string, document: Document, watch: WrittenWatch): string {
  const list = document.getIn(["config", KEY]);
  if (isSeq(list) && !list.flow && list.items.length > 0) {
    const last = list.items.at(-1) as Node;
    return inserted(text, endOf(last), `${indentAt(text, startOf(last))}${written(watch)}\n`);
  }
  const config = document.get("config");
  if (list === undefined && isMap(config) && !config.flow && config.items.length > 0) {
    const indent = indentAt(text, startOf(config.items[0]?.key as Node));
    const end = Math.max(
      ...config.items.flatMap(({ key, value }) => [key, value]).map((node) => endOf(node as Node)),
    );
    return inserted(text, end, `${indent}${KEY}:\n${indent}  ${written(watch)}\n`);
  }
  // No line can be added to this layout: the library rewrites the file, and keeps comments.
  if (isSeq(list)) list.add(document.createNode(watch));
  else document.setIn(["config", KEY], [watch]);
  return document.toString({ lineWidth: 0 });
}

function withoutWatches(text: string, document: Document, which: (watch: Watch) => boolean): string {
  const list = document.getIn(["config", KEY]);
  if (!isSeq(list)) return text;
  const removed = list.items.filter((item) => isMap(item) && which(watchOf(item))) as YAMLMap[];
  const all = removed.length === list.items.length;
  if (list.flow) {
    list.items = list.items.filter((item) => !removed.includes(item as YAMLMap));
    if (all) document.deleteIn(["config", KEY]);
    return document.toString({ lineWidth: 0 });
  }
  const config = document.get("config") as YAMLMap;
  const pair = config.items.find(({ key }) => keyText(key) === KEY);
  if (all && pair) return cutLines(text, startOf(pair.key as Node), endOf(pair.value as Node));
  // From the end, so that earlier offsets stay valid.
  return removed.reverse().reduce((rest, node) => cutLines(rest, startOf(node), endOf(node)), text);
}

const startOf = (node: Node): number => node.range?.[0] ?? 0;
/** The offset after the node's last character, without comments and line breaks. */
const endOf = (node: Node | null | undefined): number => node?.range?.[1] ?? 0;

const lineStart = (text: string, at: number): number => text.lastIndexOf("\n", at - 1) + 1;
const lineEnd = (text: string, at: number): number => {
  // A block's range ends at the beginning of the next line.
  const within = at > 0 && text[at - 1] === "\n" ? at - 1 : at;
  const found = text.indexOf("\n", within);
  return found < 0 ? text.length : found + 1;
};

const indentAt = (text: string, at: number): string => /^ */.exec(text.slice(lineStart(text, at)))?.[0] ?? "";

function inserted(text: string, at: number, lines: string): string {
  const end = lineEnd(text, at);
  const before = text.slice(0, end);
  return `${before}${before.endsWith("\n") ? "" : "\n"}${lines}${text.slice(end)}`;
}

const cutLines = (text: string, from: number, to: number): string =>
  `${text.slice(0, lineStart(text, from))}${text.slice(lineEnd(text, to))}`;
