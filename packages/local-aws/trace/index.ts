export { createTrace, preciseNow } from "./trace";
export type * from "./types";
export { renderExplanation } from "./render";
export { reachedTarget } from "./explain";
