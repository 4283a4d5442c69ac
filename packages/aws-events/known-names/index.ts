/**
 * The names CloudTrail has for services and events. `names.txt` is made of AWS's service models by `npx ts-node -T
 * local/cloudtrail/known-names.ts` and committed, so that nothing here needs Python or a network: a line a service, and of its events those
 * with the same first word together.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { distance } from "./distance";

export const NAMES_FILE = join(__dirname, "names.txt");

/** Event names by service, as in `<service>.amazonaws.com`. */
export type KnownNames = ReadonlyMap<string, readonly string[]>;

let known: KnownNames | undefined;

/** Read when first asked for. */
export function knownNames(): KnownNames {
  return (known ??= parseNames(readFileSync(NAMES_FILE, "utf8")));
}

/** `iam Create{Group,User} PassRole`: braces hold what follows the word before them. */
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
  const [word = "", ends] = group.split("{");
  if (ends === undefined) return [word];
  return ends
    .slice(0, -1)
    .split(",")
    .map((end) => `${word}${end}`);
}

/** The contrary of parseNames; the same names give the same text. */
export function printNames(names: ReadonlyMap<string, Iterable<string>>): string {
  const byName = (one: string, other: string) => (one < other ? -1 : 1);
  const lines = [...names]
    .sort(([one], [other]) => byName(one, other))
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

export type Verdict = { known: true } | { known: false; why: string; nearest: string[] };

/** How far off a name may be and still be meant. */
const FARTHEST = 0.4;
const MOST_SUGGESTIONS = 3;

/** Whether CloudTrail has an event `<service>:<EventName>`; if not, why, and the names that may be meant, the likeliest first. */
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
  const candidates: { name: string; far: number }[] = [];
  const wanted = event.toLowerCase();
  for (const [known, events] of names) {
    const serviceFar = known === service ? 0 : distance(service, known);
    const alike = serviceFar <= Math.max(1, known.length * FARTHEST);
    for (const each of events) {
      const lower = each.toLowerCase();
      // The service's own names by likeness; other services' when the event is just this, or the service is nearly that.
      if (lower === wanted)
        candidates.push({ name: `${known}:${each}`, far: serviceFar === 0 ? 0 : alike ? 0.5 : 2 });
      else if (serviceFar === 0 || (alike && !names.has(service))) {
        const length = Math.max(lower.length, wanted.length);
        if (Math.abs(lower.length - wanted.length) > length * FARTHEST && !lower.startsWith(wanted)) continue;
        // Lambda's names carry a version: the bare one is meant.
        const far = lower.replace(/\d{8}(v\d)?$/, "") === wanted ? 0.5 : distance(wanted, lower);
        if (far <= length * FARTHEST) candidates.push({ name: `${known}:${each}`, far: far + serviceFar });
      }
    }
  }
  return candidates
    .sort(
      (one, other) =>
        one.far - other.far || one.name.length - other.name.length || (one.name < other.name ? -1 : 1),
    )
    .slice(0, MOST_SUGGESTIONS)
    .map(({ name }) => name);
}
