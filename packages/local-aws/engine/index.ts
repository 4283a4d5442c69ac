/** The engine of the local organization. */
export { createEngine } from "./engine";
export * from "./errors";
export type * from "./types";
