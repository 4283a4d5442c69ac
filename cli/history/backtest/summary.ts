/** Adds up the files' results. Its size is bounded however long the history is: very long lists end in a count. */
import { isReportOnly, type CatalogueEntry } from "../../../controls/lib/control";
import type { FileResult, Hit, Problem } from "./result";

/** The most different resources, principals and so on that are counted separately; others are counted together. */
const mostKept = 10_000;
/** The most events whose ids are remembered: the same event can be in several trails' files. */
const mostRemembered = 200_000;
/** Files with problems that are listed one by one. */
const mostFiles = 5_000;

export interface Tally {
  /** Most frequent first. */
  [name: string]: number;
}

export interface ResourceFinding {
  arn: string;
  type: string;
  events: number;
  first: string;
  last: string;
}

export interface ControlFinding {
  id: string;
  title: string;
  severity: string;
  /** Events that match: how often the control would have fired. */
  fired: number;
  /** Read-only calls among the matches, which a rule receives only if its state says so; not in `fired`. */
  withheld: number;
  first: string | null;
  last: string | null;
  accounts: Tally;
  regions: Tally;
  events: Tally;
  principals: Tally;
  /** Events by day (UTC). */
  days: Tally;
  /** It notifies and changes nothing, in mode `enforce` too. */
  onlyReports: boolean;
  /** What mode `enforce` would have evaluated and, unless the control only notifies, remediated where it was in violation. */
  enforce: {
    resources: ResourceFinding[];
    /** Events on resources beyond those that are counted separately. */
    eventsOnOthers: number;
    /** Events that name no resource. */
    eventsWithoutResource: number;
  };
}

export interface FileProblems {
  file: string;
  problems: Problem[];
}

export interface Summary {
  files: { read: number; withProblems: number; ignored: Tally };
  bytes: { onDisk: number; text: number };
  records: {
    /** All in the files. */
    total: number;
    /** Those whose name a control asks for, which were read in full. */
    examined: number;
    /** Copies of an event that was counted already. */
    repeated: number;
  };
  /** CloudTrail's digest files, which contain no records. */
  digests: number;
  problems: FileProblems[];
  /** Files with problems beyond those in `problems`. */
  moreFilesWithProblems: number;
  seconds: number;
  controls: ControlFinding[];
}

class Counter {
  private readonly counts = new Map<string, number>();
  add(name: string, count = 1): void {
    const key = this.counts.has(name) || this.counts.size < mostKept ? name : "(others)";
    this.counts.set(key, (this.counts.get(key) ?? 0) + count);
  }
  tally(byName = false): Tally {
    const order = byName
      ? (a: [string, number], b: [string, number]) => (a[0] < b[0] ? -1 : 1)
      : (a: [string, number], b: [string, number]) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
    return Object.fromEntries([...this.counts].sort(order));
  }
}

class ControlSummary {
  private fired = 0;
  private withheld = 0;
  private first: string | null = null;
  private last: string | null = null;
  private readonly counters = {
    accounts: new Counter(),
    regions: new Counter(),
    events: new Counter(),
    principals: new Counter(),
    days: new Counter(),
  };
  private readonly resources = new Map<string, ResourceFinding>();
  private eventsOnOthers = 0;
  private eventsWithoutResource = 0;

  constructor(private readonly control: CatalogueEntry) {}

  add(hit: Hit): void {
    if (hit.withheld) {
      this.withheld++;
      return;
    }
    this.fired++;
    if (this.first === null || hit.time < this.first) this.first = hit.time;
    if (this.last === null || hit.time > this.last) this.last = hit.time;
    this.counters.accounts.add(hit.account);
    this.counters.regions.add(hit.region);
    this.counters.events.add(hit.eventName);
    this.counters.principals.add(hit.principal);
    this.counters.days.add(hit.time.slice(0, 10));
    if (hit.resources.length === 0) this.eventsWithoutResource++;
    for (const resource of hit.resources) this.addResource(resource, hit.time);
  }

  private addResource({ arn, type }: Hit["resources"][number], time: string): void {
    const known = this.resources.get(arn);
    if (known) {
      known.events++;
      if (time < known.first) known.first = time;
      if (time > known.last) known.last = time;
    } else if (this.resources.size < mostKept) {
      this.resources.set(arn, { arn, type, events: 1, first: time, last: time });
    } else this.eventsOnOthers++;
  }

  finding(): ControlFinding {
    const { id, title, severity } = this.control;
    const { accounts, regions, events, principals, days } = this.counters;
    return {
      ...{
        id,
        title,
        severity,
        fired: this.fired,
        withheld: this.withheld,
        first: this.first,
        last: this.last,
      },
      accounts: accounts.tally(),
      regions: regions.tally(),
      events: events.tally(),
      principals: principals.tally(),
      days: days.tally(true),
      onlyReports: isReportOnly(this.control),
      enforce: {
        resources: [...this.resources.values()].sort(
          (a, b) => b.events - a.events || (a.arn < b.arn ? -1 : 1),
        ),
        eventsOnOthers: this.eventsOnOthers,
        eventsWithoutResource: this.eventsWithoutResource,
      },
    };
  }
}

export class Summarizer {
  files = 0;
  records = 0;
  onDisk = 0;
  text = 0;
  private examined = 0;
  private repeated = 0;
  private digests = 0;
  private withProblems = 0;
  private readonly problems: FileProblems[] = [];
  private readonly controls: ControlSummary[];
  private readonly seen = new Set<string>();

  constructor(controls: readonly CatalogueEntry[]) {
    this.controls = controls.map((control) => new ControlSummary(control));
  }

  add(result: FileResult): void {
    this.files++;
    this.records += result.records;
    this.onDisk += result.bytes;
    this.text += result.textBytes;
    this.examined += result.examined;
    this.digests += result.digests;
    if (result.problems.length > 0) this.addProblems(result.file, result.problems);
    for (const hit of result.hits) {
      const key = `${hit.control} ${hit.id}`;
      if (this.seen.has(key)) {
        this.repeated++;
        continue;
      }
      // The oldest is forgotten first.
      if (this.seen.size >= mostRemembered) this.seen.delete(this.seen.values().next().value ?? "");
      this.seen.add(key);
      this.controls[hit.control]?.add(hit);
    }
  }

  addProblems(file: string, problems: Problem[]): void {
    this.withProblems++;
    if (this.problems.length < mostFiles) this.problems.push({ file, problems });
  }

  summary(seconds: number, ignored: ReadonlyMap<string, number>): Summary {
    return {
      files: { read: this.files, withProblems: this.withProblems, ignored: Object.fromEntries(ignored) },
      bytes: { onDisk: this.onDisk, text: this.text },
      records: { total: this.records, examined: this.examined, repeated: this.repeated },
      digests: this.digests,
      problems: this.problems.sort((a, b) => (a.file < b.file ? -1 : 1)),
      moreFilesWithProblems: Math.max(0, this.withProblems - this.problems.length),
      seconds,
      controls: this.controls.map((control) => control.finding()),
    };
  }
}
