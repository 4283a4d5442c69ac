/** The local organization of a stack: its accounts and regions, with the controls' work on every event's trace. */
import type { Settings } from "../config";
import { HUB_BUS_NAME } from "../contract/names";
import { startOrganization, type Organization, type OrganizationOptions } from "@bailiwick/local-aws";
import { createControlTrace, noteFunctionWork } from "./function-trace";

/** Starts it. The caller stops it. */
export function startOrganizationOf(
  settings: Settings,
  options: Pick<OrganizationOptions, "say" | "folder"> = {},
): Promise<Organization> {
  const { organizationId, homeRegion, regions, accessRoleName } = settings;
  const { management, security, logArchive, members } = settings;
  const trace = createControlTrace();
  const hub = { account: security.id, region: homeRegion, bus: HUB_BUS_NAME };
  return startOrganization({
    ...options,
    organizationId,
    homeRegion,
    regions,
    accessRoleName,
    accounts: [management, security, logArchive, ...members],
    trace,
    onArrival: (event, at) => noteFunctionWork(trace, event, at, hub),
  });
}
