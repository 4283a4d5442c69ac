export * from "./trace";
export { renderExplanation } from "./render";
export { reachedControl } from "./explain";
