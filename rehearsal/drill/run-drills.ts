/** Runs drills side by side. */
import { randomBytes } from "node:crypto";
import type { DrillContext } from "../../controls/lib/drill/drill";
import { signInAt } from "@bailiwick/local-aws/sign-in";
import { runDrill } from "./run-drill";
import { recordOutcomes } from "./outcome-log";
import type { DrillCase, DrillOrganization, DrillOptions, DrillResult } from "./types";

/** Chosen by measurement; see docs/getting-started.md for how to repeat it. */
export const DEFAULT_CONCURRENCY = 2;
export const DEFAULT_TIMEOUT_MILLISECONDS = 20_000;
const DEFAULT_PATIENCE_MILLISECONDS = 3_000;
/** The report follows the fix. */
const DEFAULT_REPORT_MILLISECONDS = 10_000;

/**
 * Runs every case, `concurrency` at once. Never throws for a drill that fails. When the organization dies or `signal` is aborted, the
 * drills under way end at once with that cause.
 * @returns the results in the order of the cases.
 */
export async function runDrills(
  organization: DrillOrganization,
  cases: readonly DrillCase[],
  options: DrillOptions,
): Promise<DrillResult[]> {
  const { concurrency = DEFAULT_CONCURRENCY, timeoutMilliseconds = DEFAULT_TIMEOUT_MILLISECONDS } = options;
  if (!(Number.isInteger(concurrency) && concurrency > 0))
    throw new RangeError(`Concurrency is a whole number from 1; ${concurrency} is none.`);
  const end = new AbortController();
  void organization.died.then((how) =>
    end.abort(new Error(`The local organization ended under the drill. ${how}`)),
  );
  const signal = options.signal ? AbortSignal.any([options.signal, end.signal]) : end.signal;
  const outcomes = recordOutcomes(options.outcomes);
  const run = randomBytes(3).toString("hex");
  const results: DrillResult[] = [];
  const total = cases.length;
  let done = 0;
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < total; index = next++) {
      const drillCase = cases[index];
      if (drillCase === undefined) return;
      const { account, region, parameters } = drillCase;
      results[index] = await runDrill(drillCase, {
        context: {
          account: account.id,
          parameters,
          name: `drill-${run}-${index}`,
          aws: organization.aws(account.id, region),
          ...signInOf(organization, account.id),
        },
        outcomes,
        diagnose: options.diagnose,
        timeoutMilliseconds,
        reportMilliseconds: options.reportMilliseconds ?? DEFAULT_REPORT_MILLISECONDS,
        patienceMilliseconds: options.patienceMilliseconds ?? DEFAULT_PATIENCE_MILLISECONDS,
        signal,
        onStep: (step) => options.onProgress?.({ case: drillCase, step, done, total }),
      });
      done++;
      options.onProgress?.({ case: drillCase, result: results[index], done, total });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, total) }, worker));
  } finally {
    outcomes.close();
  }
  return results;
}

function signInOf({ endpointUrl }: DrillOrganization, account: string): Pick<DrillContext, "signIn"> {
  if (endpointUrl === undefined) return {};
  return { signIn: async (attempt) => void (await signInAt(endpointUrl, { account, ...attempt })) };
}
