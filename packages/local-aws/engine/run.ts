import type { Operations } from "./operations";
import type { Report } from "./report";
import type { Sessions } from "./sessions";
import type { StateFile } from "./state";
import type { EngineOptions } from "./types";

/** Everything that a run needs. */
export interface Run {
  options: EngineOptions;
  signal: AbortSignal | undefined;
  file: StateFile;
  sessions: Sessions;
  operations: Operations;
  report: Report;
}
