/** An AWS organization on this machine, and what runs in it. */
export { startOrganization, type ClientConfig, type Organization } from "./organization";
export {
  OrganizationOptionsError,
  type AccountOptions,
  type LocalAccount,
  type OrganizationOptions,
} from "./organization-options";
export { OrganizationEndedError, untilOrganizationEnds } from "./organization-end";
export { EmulatorInstallError } from "./emulator/install";
export { deploy, engineIn, type ProgramOptions } from "./deploy";
export * from "./engine";
export * from "./trace";
export type { BusPlace } from "./fabric";
export type { GatewayProblem } from "./gateway";
export { MODERATE_WEATHER, WeatherOptionsError, type Weather, type WeatherOptions } from "./weather";
