/**
 * What an event means by what came before it, for controls that only tell: the third failure, the first time from there. Both are kept
 * so that a second delivery of the same event changes nothing, and that the order of deliveries doesn't matter.
 */
import type { Description, Facts, HistoryFinding } from "../../controls/lib/control";
import type { Actor, Work } from "./process-event";
import { classify } from "../lib/classify-error";

export type Resolved = Exclude<Description, { report: "history" }>;

/** An event that counted. */
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
  /** There were others when it came. */
  news: boolean;
  /** Milliseconds since 1970, when it was seen last. */
  at: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
/** What is kept under a key is bounded by what DynamoDB takes in one item. */
const MOST_KEPT = 100;

/** Asks the ledger what the description depends on. Throws RetryableError when the ledger can't be read or written. */
export async function resolveHistory(
  { ledger, clock }: Pick<Actor, "ledger" | "clock">,
  { subject, outcome }: Pick<Work, "subject" | "outcome">,
  description: Description,
): Promise<Resolved> {
  if (description.report !== "history") return description;
  const happened = Date.parse(outcome.time ?? "");
  const now = { event: subject.event, at: Number.isNaN(happened) ? clock() : happened };
  const findings = [...description.findings];
  const facts: Facts = { ...description.facts };
  for (const recall of description.historyFindings) {
    const keptSeconds = (recall.kind === "repeated" ? recall.minutes * MINUTE * 2 : recall.days * DAY) / 1000;
    const remember = <Body>(change: (before: Body | undefined) => Body) =>
      ledger
        .remember(subject, `${recall.kind} ${recall.key}`, keptSeconds, change)
        .catch((error: unknown) => {
          throw classify(error, `remembering an event of ${subject.control}`);
        });
    if (recall.kind === "repeated") {
      const count = countWithin(await remember<Occurrence[]>(occurred(now)), now, recall.minutes * MINUTE);
      if (count < recall.times) continue;
      facts[recall.counted] =
        `${count >= MOST_KEPT ? "at least " : ""}${count} within ${recall.minutes} minutes`;
    } else {
      const values = await remember<Seen[]>(sawAgain(now, recall));
      if (!values.some(({ value, event, news }) => news && value === recall.value && event === now.event))
        continue;
    }
    findings.push(recall.finding);
  }
  return findings.length > 0 ? { report: true, findings, facts } : { report: false, why: description.why };
}

const occurred =
  (now: Occurrence) =>
  (before: Occurrence[] = []): Occurrence[] =>
    [...before.filter(({ event }) => event !== now.event), now]
      .sort((one, other) => one.at - other.at)
      .slice(-MOST_KEPT);

/** How many there were in the fullest window with this one in it: also in one that began before it and was filled by later ones. */
function countWithin(all: readonly Occurrence[], { at }: Occurrence, window: number): number {
  const counts = all
    .filter((first) => first.at <= at && at - first.at < window)
    .map((first) => all.filter((each) => each.at >= first.at && each.at - first.at < window).length);
  return Math.max(0, ...counts);
}

const sawAgain =
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
    return [...others.slice(-MOST_KEPT + 1), { ...known, at: Math.max(known.at, at) }];
  };
