/** An AWS organization on this machine, and what runs in it. */
export {
  startOrganization,
  type LocalAccount,
  type Organization,
  type OrganizationOptions,
} from "./organization";
export type { GatewayProblem } from "./gateway";
