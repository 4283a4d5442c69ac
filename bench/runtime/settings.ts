import { join } from "node:path";

/** The measured functions are here while they run. */
export const FOLDER = join(__dirname, "..", "..", ".bailiwick");
/** Invocations of each before the measured ones. */
export const WARM_UP = 10;
