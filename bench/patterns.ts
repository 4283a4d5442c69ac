/**
 * How fast events are matched against many rules, parsing included, on one thread; compared with AWS's own matcher and bare JSON.parse
 * on the same events in the same run.
 */
import { Command } from "commander";
import { compile } from "@bailiwick/aws-events";
import { Oracle, prepareOracle } from "@bailiwick/aws-events/oracle";
import { History, mixedRules } from "./history";
import { median, perSecond, print, type Measured } from "./measure";

interface PatternsOptions {
  rounds?: number;
  /** Seconds for each measurement. */
  seconds?: number;
}

async function measurePatterns({ rounds = 5, seconds = 1 }: PatternsOptions = {}): Promise<Measured> {
  const history = new History(1);
  const events = Array.from({ length: 2000 }, () => history.event());
  const rules = { 100: mixedRules(100, 7), 1000: mixedRules(1000, 7) };
  const ours = {
    100: compile(rules[100].map((text, number) => [`rule ${number}`, text])),
    1000: compile(rules[1000].map((text, number) => [`rule ${number}`, text])),
  };
  const missing = prepareOracle();
  const oracle = missing === undefined ? new Oracle() : undefined;
  const figures: Record<string, number[]> = {};
  const note = (name: string, figure: number): void => void (figures[name] ??= []).push(figure);
  try {
    // Each round measures everything, so that other load on the machine affects all figures alike.
    for (let round = 0; round < rounds; round++) {
      note(
        "JSON.parse",
        perSecond(events, (event) => void JSON.parse(event), seconds),
      );
      for (const size of [100, 1000] as const) {
        note(`${size} rules`, perSecond(events, ours[size], seconds));
        if (oracle) note(`event-ruler, ${size} rules`, await oracle.bench(rules[size], events, seconds));
      }
    }
  } finally {
    oracle?.close();
  }
  const medians = Object.fromEntries(
    Object.entries(figures).map(([name, list]) => [name, Math.round(median(list))]),
  );
  const at = (name: string): number => medians[name] ?? Number.NaN;
  return {
    title: "Matching, events a second (one thread, parsing included)",
    setting: {
      events: events.length,
      averageCharacters: Math.round(events.reduce((sum, event) => sum + event.length, 0) / events.length),
      matchesPerEvent: events.reduce((sum, event) => sum + ours[1000](event).length, 0) / events.length,
      rounds,
      ...(missing === undefined ? {} : { withoutEventRuler: missing }),
    },
    figures: medians,
    targets: [
      ...(oracle
        ? [
            {
              what: "1,000 rules, times event-ruler",
              figure: at("1000 rules") / at("event-ruler, 1000 rules"),
              least: 3,
            },
          ]
        : []),
      { what: "loss from 100 to 1,000 rules", figure: 1 - at("1000 rules") / at("100 rules"), most: 0.2 },
    ],
  };
}

export function patternsBench(): Command {
  return new Command("patterns")
    .description("event patterns: events matched per second, compared with event-ruler and JSON.parse")
    .option("--json", "print the figures as JSON")
    .option("--rounds <number>", "rounds; medians are shown", Number)
    .action(async ({ json, rounds }: { json?: boolean; rounds?: number }) =>
      print(await measurePatterns(rounds === undefined ? {} : { rounds }), json === true),
    );
}
