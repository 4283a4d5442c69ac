export * from "./trace";
export { renderExplanation } from "./render";
export { reachedTarget } from "./explain";
