/** What runs in Lambda for every control. */
export { createHandler, type Clients, type Handler } from "./handler";
export { SETTINGS_VARIABLE, type SettingsInput } from "../../contract/control-settings";
