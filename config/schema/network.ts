/** The network in which the functions run. */
import * as v from "valibot";
import { flag } from "./values";

export const network = {
  privateNetwork: v.optional(
    v.pipe(
      flag,
      v.description(
        "Runs all functions in a network of their own without a route to the internet, with endpoints for the services that the enabled controls call.",
      ),
    ),
    false,
  ),
};
