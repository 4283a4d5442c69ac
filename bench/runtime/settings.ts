import { join } from "node:path";

/** What is measured stands here for as long as it runs. */
export const FOLDER = join(__dirname, "..", "..", ".bailiwick");
/** So many invocations of each go by before the measured ones. */
export const WARM_UP = 10;
