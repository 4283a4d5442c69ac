/**
 * Records event-ruler's answers to generated patterns and events, with which the tests compare where there is no Java:
 * `npx ts-node -T packages/aws-events/oracle/record.ts` (needs Java 17 and Maven, which fetches event-ruler).
 */
import fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventText, patternText } from "./arbitrary";
import { Oracle, prepareOracle } from "./oracle";

/** Patterns that are all compared with all of the events. */
export interface Recorded {
  events: string[];
  /** `matches`: indices of the events; absent when event-ruler refuses the pattern. */
  patterns: { text: string; matches?: number[] }[];
}

/** Letters whose other case is another character, several characters, or of another length in UTF-8. */
const letters = [..."ſ\u212aıİŉǰﬃⱥΐßςΣéÅ"];

function letterEvents(): string[] {
  const spellings = letters.flatMap((letter) => {
    const lower = letter.toLowerCase();
    const upper = letter.toUpperCase();
    return [letter, lower, upper, lower.toUpperCase(), upper.toLowerCase()];
  });
  return [...new Set(spellings)].flatMap((text) => [
    `{"a":"${text}"}`,
    `{"a":"x${text}"}`,
    `{"a":"${text}x"}`,
  ]);
}

function letterPatterns(): string[] {
  return letters.flatMap((letter) => {
    const ignoringCase = { "equals-ignore-case": letter };
    const conditions = [
      ignoringCase,
      { prefix: ignoringCase },
      { suffix: ignoringCase },
      { "anything-but": ignoringCase },
    ];
    // Before a wildcard: after it, event-ruler would go wrong. See `differences.ts`.
    return [...conditions.map((condition) => [condition]), [ignoringCase, { wildcard: "*.*" }]].map((list) =>
      JSON.stringify({ a: list }),
    );
  });
}

async function record(): Promise<void> {
  const missing = prepareOracle();
  if (missing !== undefined) throw new Error(missing);
  const oracle = new Oracle();
  try {
    const generated = await judge(
      oracle,
      fc.sample(eventText, { numRuns: 150, seed: 20 }),
      fc.sample(patternText, { numRuns: 3000, seed: 21 }),
    );
    // Half of the generated patterns match nothing or are wrong: keep all that match, and some of the others.
    const counts = { refused: 0, matching: 0, none: 0 };
    const kept = generated.patterns.filter(({ matches }) => {
      const kind = matches === undefined ? "refused" : matches.length > 0 ? "matching" : "none";
      return ++counts[kind] <= { refused: 250, matching: 900, none: 250 }[kind];
    });
    const letters = await judge(oracle, letterEvents(), letterPatterns());
    const groups = [{ ...generated, patterns: kept }, letters];
    writeFileSync(join(__dirname, "verdicts.json"), `[${groups.map(textOf).join(",\n")}]\n`);
  } finally {
    oracle.close();
  }
}

async function judge(oracle: Oracle, events: string[], texts: readonly string[]): Promise<Recorded> {
  const rules = [...new Set(texts)];
  const { valid, matches } = await oracle.judge(rules, events);
  const patterns = rules.map((text, number): Recorded["patterns"][number] => {
    if (valid[number] !== true) return { text };
    const isMatch = (at: number): boolean => matches[at]?.includes(number as never) ?? false;
    return { text, matches: [...events.keys()].filter(isMatch) };
  });
  return { events, patterns };
}

/** An event or a pattern a line, so that changes can be reviewed. */
function textOf({ events, patterns }: Recorded): string {
  const lines = (list: readonly unknown[]): string => list.map((item) => JSON.stringify(item)).join(",\n");
  return `{"events": [\n${lines(events)}\n],\n"patterns": [\n${lines(patterns)}\n]}`;
}

void record();
