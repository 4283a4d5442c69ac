/** What the specs of the runtime share. */
import type { SettingsInput } from "../../contract/control-settings";

/** Settings of a control that enforces. */
export const SETTINGS: SettingsInput = {
  mode: "enforce",
  partition: "aws",
  busName: "bailiwick",
  roleName: "bailiwick-lamp",
  queueUrl: "https://sqs.eu-central-1.amazonaws.com/222222222222/bailiwick-lamp",
  ledger: { table: "bailiwick-ledger", retentionDays: 400 },
  breaker: { resourceActions: 3, accountActions: 100, windowMinutes: 10, closeAfterMinutes: 60 },
};
