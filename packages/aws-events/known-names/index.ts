/**
 * CloudTrail's names of services and events. `names.txt` is generated from AWS's service models (by `known-names.ts` in the
 * package local-aws) and committed, so that nothing here needs Python or a network. It has a line for each service,
 * in which events with the same first word stand together.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { distance } from "./distance";

export const NAMES_FILE = join(__dirname, "names.txt");

/** Event names by service, as in `<service>.amazonaws.com`. */
export type KnownNames = ReadonlyMap<string, readonly string[]>;

let known: KnownNames | undefined;

/** Reads the file on the first call. */
export function knownNames(): KnownNames {
  return (known ??= parseNames(readFileSync(NAMES_FILE, "utf8")));
}

/** Reads lines such as `iam Create{Group,User} PassRole`: braces hold the endings of the word before them. */
export function parseNames(text: string): KnownNames {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line): [string, string[]] => {
      const [service = "", ...groups] = line.split(" ");
      return [service, groups.flatMap(namesOf).sort()];
    }),
  );
}

function namesOf(group: string): string[] {
  const [word = "", endings] = group.split("{");
  if (endings === undefined) return [word];
  return endings
    .slice(0, -1)
    .split(",")
    .map((end) => `${word}${end}`);
}

/** The inverse of parseNames. The same names give the same text. */
export function printNames(names: ReadonlyMap<string, Iterable<string>>): string {
  const lines = [...names]
    .sort(([a], [b]) => byName(a, b))
    .map(([service, events]) => {
      const groups = new Map<string, string[]>();
      for (const event of [...new Set(events)].sort(byName)) {
        const word = /^[A-Z][a-z0-9]+/.exec(event)?.[0] ?? event;
        groups.set(word, [...(groups.get(word) ?? []), event.slice(word.length)]);
      }
      const texts = [...groups].map(([word, ends]) =>
        ends.length === 1 ? `${word}${ends[0] ?? ""}` : `${word}{${ends.join(",")}}`,
      );
      return [service, ...texts].join(" ");
    });
  return lines.join("\n");
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

export type Verdict = { known: true } | { known: false; why: string; nearest: string[] };

/** The largest share of wrong letters with which a name may still be meant. */
const MAX_ERROR_SHARE = 0.4;
const MAX_SUGGESTIONS = 3;

/** Says whether CloudTrail has an event `<service>:<EventName>`; if not, why, and the names that may be meant, likeliest first. */
export function lookUpName(name: string, names: KnownNames = knownNames()): Verdict {
  const [service = "", event = ""] = name.split(":");
  const events = names.get(service);
  if (events?.includes(event)) return { known: true };
  const why =
    events === undefined
      ? `CloudTrail has no service ${service}`
      : `${service} has no event ${event} in CloudTrail`;
  return { known: false, why, nearest: nearestNames(service, event, names) };
}

function nearestNames(service: string, event: string, names: KnownNames): string[] {
  const candidates: { name: string; errors: number }[] = [];
  const wanted = event.toLowerCase();
  for (const [known, events] of names) {
    const serviceErrors = known === service ? 0 : distance(service, known);
    const isSimilar = serviceErrors <= Math.max(1, known.length * MAX_ERROR_SHARE);
    for (const each of events) {
      const lower = each.toLowerCase();
      // Names of the service that are similar; names of other services only if they are equal, or if the service itself is misspelt.
      if (lower === wanted)
        candidates.push({ name: `${known}:${each}`, errors: serviceErrors === 0 ? 0 : isSimilar ? 0.5 : 2 });
      else if (serviceErrors === 0 || (isSimilar && !names.has(service))) {
        const length = Math.max(lower.length, wanted.length);
        if (Math.abs(lower.length - wanted.length) > length * MAX_ERROR_SHARE && !lower.startsWith(wanted))
          continue;
        // Lambda's names carry a version that people leave out.
        const errors = lower.replace(/\d{8}(v\d)?$/, "") === wanted ? 0.5 : distance(wanted, lower);
        if (errors <= length * MAX_ERROR_SHARE)
          candidates.push({ name: `${known}:${each}`, errors: errors + serviceErrors });
      }
    }
  }
  return candidates
    .sort((a, b) => a.errors - b.errors || a.name.length - b.name.length || byName(a.name, b.name))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ name }) => name);
}
