/** Finds in a function's log the error that it crashed with. */

const CRASH =
  /(Task timed out after [\d.]+ seconds|Runtime exited[^\n]*|Unhandled Promise Rejection|Uncaught Exception|Runtime\.\w+|Cannot find (?:module|package)|SyntaxError|Invoke Error)/;

/**
 * @param lines messages of the function's log, oldest first: plain text, or JSON as Lambda's runtime and Powertools write it.
 * @returns the newest error that ended an invocation, in one line; undefined if there is none.
 */
export function errorInLog(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    const error = errorInLine(line);
    if (error !== undefined) return error;
  }
  return undefined;
}

function errorInLine(line: string): string | undefined {
  const json = jsonIn(line);
  if (json !== undefined) {
    const type = text(json["errorType"]);
    const message = text(json["errorMessage"]);
    if (type !== undefined || message !== undefined) return [type, message].filter(Boolean).join(": ");
  }
  if (!CRASH.test(line)) return undefined;
  // Lambda writes time, request id and level before it, separated by tabs.
  return (line.split("\t").at(-1) ?? line).split("\n")[0]?.trim().slice(0, 300);
}

/** The JSON object that the line is or ends with. */
function jsonIn(line: string): Record<string, unknown> | undefined {
  const start = line.indexOf("{");
  if (start < 0) return undefined;
  try {
    const value: unknown = JSON.parse(line.slice(start));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
