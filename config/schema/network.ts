/** The network that the functions run in. */
import * as v from "valibot";
import { flag } from "./values";

export const network = {
  privateNetwork: v.optional(
    v.pipe(
      flag,
      v.description(
        "Runs all functions in a network of their own, without a way to the internet, with endpoints for what the enabled controls call.",
      ),
    ),
    false,
  ),
};
