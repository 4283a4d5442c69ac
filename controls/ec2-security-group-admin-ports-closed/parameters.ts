/** Which ports a stack keeps closed to the internet. */
import * as v from "valibot";
import { parametersOf, wholeNumber } from "../lib/parameters";

export interface AdminPorts {
  /**
   * The ports to keep closed, 0–65535, for TCP and UDP alike. Default: 22 (SSH), 23 (Telnet), 2375 and 2376 (Docker), 3389 (RDP), 5900 and
   * 5901 (VNC), 5985 and 5986 (Windows Remote Management).
   */
  ports: number[];
}

export const parameters = parametersOf({
  ports: v.optional(
    v.pipe(
      v.array(wholeNumber(0, 65_535), "a list of ports"),
      v.minLength(1, "at least one port; to check none, set the control's mode to off"),
      v.maxLength(50, "at most 50 ports"),
    ),
    [22, 23, 2375, 2376, 3389, 5900, 5901, 5985, 5986],
  ),
});
