/** An explanation as text for people. */
import type { Explanation } from "./types";

/** One line for each step: milliseconds since the first, stage, text and place; then where and why it stopped. */
export function renderExplanation(explanation: Explanation): string {
  const start = explanation.steps[0]?.at ?? 0;
  const ids = [
    explanation.eventId && `event ${explanation.eventId}`,
    explanation.cloudTrailEventId && `CloudTrail record ${explanation.cloudTrailEventId}`,
  ].filter((id) => id);
  const lines = [ids.join(", "), ""];
  for (const step of explanation.steps) {
    const after = `+${(step.at - start).toFixed(1)} ms`.padStart(12);
    const place = step.account === undefined ? "" : `  [${step.account} ${step.region ?? ""}]`;
    lines.push(`${after}  ${step.stage.padEnd(11)}  ${step.text}${place}`);
    if (step.stopped !== undefined) lines.push(`${" ".repeat(27)}✗ ${step.stopped}`);
  }
  lines.push("");
  const { stopped, pending, outcomes = [] } = explanation;
  if (stopped !== undefined) lines.push(`It stopped: ${stopped}`);
  if (pending !== undefined) lines.push(`In progress: ${pending}`);
  if (stopped === undefined && pending === undefined) lines.push("It reached an outcome.");
  else if (outcomes.length > 0) lines.push(`On another path it reached an outcome: ${outcomes.join(" ")}`);
  return lines.join("\n");
}
