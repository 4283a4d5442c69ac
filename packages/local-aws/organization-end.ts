/** Work that needs the organization ends with it, and says why: what its clients run into then (broken answers, time-outs) explains nothing. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** The organization has ended without having been asked to. The message is for people. */
export class OrganizationEndedError extends Error {
  override name = "OrganizationEndedError";
}

/** A process that is killed closes its connections before it is known to have ended: clients may fail first. */
const GRACE_MILLISECONDS = 500;

/**
 * Does what needs the organization.
 * @param work not begun if the organization has ended already; its signal is aborted when it ends meanwhile.
 * @throws OrganizationEndedError as soon as the organization has ended; else whatever `work` throws.
 */
export async function untilOrganizationEnds<Result>(
  { died }: { died: Promise<string> },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const end = new AbortController();
  const ended = died.then((how): never => {
    const error = new OrganizationEndedError(`The local organization has ended. ${how}`);
    end.abort(error);
    throw error;
  });
  // One that has ended already gets its turn to say so.
  await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))]);
  const done = work(end.signal);
  try {
    return await Promise.race([ended, done]);
  } catch (error) {
    if (!end.signal.aborted) await waitForPossibleEnd(end.signal);
    throw end.signal.aborted ? end.signal.reason : error;
  }
}

/** After a failure: waits a moment for `signal`, which tells the end of the organization, if that was the failure's cause. */
export async function waitForPossibleEnd(signal: AbortSignal): Promise<void> {
  await sleep(GRACE_MILLISECONDS, undefined, { signal }).catch(() => undefined);
}

const LINES = 3;
const LINE_LENGTH = 300;
/** How long the last lines may need to get into the file. */
const FLUSH_MILLISECONDS = 100;

/** A sentence that ends with where a log is: with the last lines of the log instead, because the file goes with the organization. */
export async function quotingLog(sentence: string): Promise<string> {
  const [, file] = /; its log: (.+)$/.exec(sentence) ?? [];
  if (file === undefined) return sentence;
  await sleep(FLUSH_MILLISECONDS);
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").map((line) => line.trim());
  const last = lines.filter((line) => line !== "").slice(-LINES);
  const quoted = last.map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line));
  return sentence.replace(/; its log: .+$/, () =>
    last.length === 0 ? "; its log: empty." : `; its log: … ${quoted.join(" | ")}`,
  );
}
