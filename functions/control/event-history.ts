/**
 * What an event means given the events before it, for controls that only report: the third failure, the first time from a place.
 * Both are remembered so that a second delivery of an event changes nothing and the order of deliveries doesn't matter.
 */
import type { Description, Facts, HistoryFinding } from "../../controls/lib/control";
import { classifyError } from "../lib/classify-error";
import type { ControlRuntime, Work } from "./work";

export type ResolvedDescription = Exclude<Description, { report: "history" }>;

/** An event that counts. */
interface Occurrence {
  event: string;
  /** Milliseconds since 1970, when it happened. */
  at: number;
}

/** A value that a key had. */
interface Seen {
  value: string;
  /** The event that brought it. */
  event: string;
  /** The key had other values when it appeared. */
  news: boolean;
  /** Milliseconds since 1970, when it was seen last. */
  at: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
/** A key's memory must fit into one item of DynamoDB. */
const MOST_REMEMBERED = 100;

/** Completes a description by what the ledger remembers. @throws RetryableError when the ledger can't be read or written */
export async function resolveHistory(
  { ledger, clock }: Pick<ControlRuntime, "ledger" | "clock">,
  { subject, outcome }: Pick<Work, "subject" | "outcome">,
  description: Description,
): Promise<ResolvedDescription> {
  if (description.report !== "history") return description;
  const happened = Date.parse(outcome.time ?? "");
  const now = { event: subject.event, at: Number.isNaN(happened) ? clock() : happened };
  const findings = [...description.findings];
  const facts: Facts = { ...description.facts };
  for (const history of description.historyFindings) {
    const keptSeconds =
      (history.kind === "repeated" ? history.minutes * MINUTE * 2 : history.days * DAY) / 1000;
    const remember = <Body>(change: (before: Body | undefined) => Body) =>
      ledger
        .updateMemory(subject, `${history.kind} ${history.key}`, keptSeconds, change)
        .catch((error: unknown) => {
          throw classifyError(error, `remembering an event of ${subject.control}`);
        });
    if (history.kind === "repeated") {
      const count = countWithin(
        await remember<Occurrence[]>(addOccurrence(now)),
        now,
        history.minutes * MINUTE,
      );
      if (count < history.times) continue;
      facts[history.counted] =
        `${count >= MOST_REMEMBERED ? "at least " : ""}${count} within ${history.minutes} minutes`;
    } else {
      const values = await remember<Seen[]>(addSeen(now, history));
      if (!values.some(({ value, event, news }) => news && value === history.value && event === now.event))
        continue;
    }
    findings.push(history.finding);
  }
  return findings.length > 0 ? { report: true, findings, facts } : { report: false, why: description.why };
}

const addOccurrence =
  (now: Occurrence) =>
  (before: Occurrence[] = []): Occurrence[] =>
    [...before.filter(({ event }) => event !== now.event), now]
      .sort((a, b) => a.at - b.at)
      .slice(-MOST_REMEMBERED);

/** The number of events in the fullest window that contains this one, also when later ones filled it. */
function countWithin(all: readonly Occurrence[], { at }: Occurrence, window: number): number {
  const counts = all
    .filter((first) => first.at <= at && at - first.at < window)
    .map((first) => all.filter((each) => each.at >= first.at && each.at - first.at < window).length);
  return Math.max(0, ...counts);
}

const addSeen =
  ({ event, at }: Occurrence, { value, days }: Extract<HistoryFinding, { kind: "new" }>) =>
  (before: Seen[] = []): Seen[] => {
    const lately = before.filter((seen) => at - seen.at < days * DAY);
    const others = lately.filter((seen) => seen.value !== value);
    const known = lately.find((seen) => seen.value === value) ?? {
      value,
      event,
      news: others.length > 0,
      at,
    };
    return [...others.slice(-MOST_REMEMBERED + 1), { ...known, at: Math.max(known.at, at) }];
  };
