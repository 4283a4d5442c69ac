/**
 * Records what AWS's own matcher answers to generated patterns and events, as a fixture that tests compare with where there is no
 * Java: `npx ts-node events/oracle/record.ts` (needs Java 17 and Maven, which fetches the matcher).
 */
import fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventText, patternText } from "./arbitrary";
import { Oracle, prepareOracle } from "./oracle";

export interface Recorded {
  events: string[];
  /** `matches`: indices of the events; absent when the matcher refuses the pattern. */
  patterns: { text: string; matches?: number[] }[];
}

async function record(): Promise<void> {
  const missing = prepareOracle();
  if (missing !== undefined) throw new Error(missing);
  const events = fc.sample(eventText, { numRuns: 150, seed: 20 });
  // Half of the generated patterns match nothing or are wrong: keep all that match, and some of the others.
  const texts = [...new Set(fc.sample(patternText, { numRuns: 3000, seed: 21 }))];
  const oracle = new Oracle();
  try {
    const { valid, matches } = await oracle.judge(texts, events);
    const patterns = texts.map((text, number): Recorded["patterns"][number] => {
      if (valid[number] !== true) return { text };
      return {
        text,
        matches: events.flatMap((_, at) => (matches[at]?.includes(number as never) ? [at] : [])),
      };
    });
    const few = { refused: 0, matching: 0, none: 0 };
    const kept = patterns.filter(({ matches: own }) => {
      const kind = own === undefined ? "refused" : own.length > 0 ? "matching" : "none";
      return ++few[kind] <= { refused: 250, matching: 900, none: 250 }[kind];
    });
    const lines = kept.map((pattern) => JSON.stringify(pattern)).join(",\n");
    const text = `{"events": [\n${events.map((event) => JSON.stringify(event)).join(",\n")}\n],\n"patterns": [\n${lines}\n]}\n`;
    writeFileSync(join(__dirname, "verdicts.json"), text);
  } finally {
    oracle.close();
  }
}

void record();
