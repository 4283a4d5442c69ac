/** Which sign-ins a stack expects. */
import * as v from "valibot";
import { addressRange } from "../lib/networks";
import { parametersOf, wholeNumber } from "../lib/parameters";

export interface SignIns {
  /** CIDR blocks from which people sign in. Default none: any network is expected. */
  networks: string[];
  /** Number of failed sign-ins of one user from which on they are reported, 1–100. Default 3. */
  failures: number;
  /** Minutes within which failures count, 1–1440. Default 10. */
  minutes: number;
  /** Days without a sign-in after which a network is new to a user, 0–400; 0: new networks are never reported. Default 90. */
  newNetworkDays: number;
}

export const parameters = parametersOf({
  networks: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string("a CIDR block"),
          v.check((text) => addressRange(text) !== undefined, "a CIDR block"),
        ),
        "a list of CIDR blocks",
      ),
      v.metadata({ example: "[198.51.100.0/24]" }),
    ),
    [],
  ),
  failures: v.optional(wholeNumber(1, 100), 3),
  minutes: v.optional(wholeNumber(1, 1440), 10),
  newNetworkDays: v.optional(wholeNumber(0, 400), 90),
});
