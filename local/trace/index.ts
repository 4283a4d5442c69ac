export * from "./trace";
export { renderExplanation } from "./render";
