/** Settings for specs. */
import type { ControlFunctionSettingsInput } from "./control-settings";
import { SETTINGS_VARIABLE } from "./settings";
import type { UndoSettingsInput } from "./undo-settings";

/** Settings of a control that enforces. */
export const SETTINGS: ControlFunctionSettingsInput = {
  mode: "enforce",
  partition: "aws",
  busName: "bailiwick",
  roleName: "bailiwick-lamp",
  queueUrl: "https://sqs.eu-central-1.amazonaws.com/222222222222/bailiwick-lamp",
  deadLetterQueueUrl: "https://sqs.eu-central-1.amazonaws.com/222222222222/bailiwick-lamp-dlq",
  looks: {
    queueArn: "arn:aws:sqs:eu-central-1:222222222222:bailiwick-lamp",
    roleArn: "arn:aws:iam::222222222222:role/bailiwick-lamp-looks",
    scheduleGroup: "bailiwick",
  },
  organization: { id: "o-a1b2c3d4e5", accounts: ["210987654321", "345678901234"] },
  governedAccounts: ["210987654321", "345678901234"],
  ledger: { table: "bailiwick-ledger", retentionDays: 400 },
  breaker: { resourceActions: 3, accountActions: 100, windowMinutes: 10, closeAfterMinutes: 60 },
};

/** Gives functions of this process their settings: `SETTINGS` with changes. */
export function setSettings(change: object = {}): void {
  process.env[SETTINGS_VARIABLE] = JSON.stringify({ ...SETTINGS, ...change });
}

/** Settings of the function of undos, without controls. */
const UNDO_SETTINGS: UndoSettingsInput = {
  partition: "aws",
  busName: "bailiwick",
  roleName: "bailiwick-undo",
  ledger: { table: "bailiwick-ledger", retentionDays: 400, windowMinutes: 10 },
  controls: {},
};

/** Gives the function of undos its settings: `UNDO_SETTINGS` with changes. */
export function setUndoSettings(change: object): void {
  process.env[SETTINGS_VARIABLE] = JSON.stringify({ ...UNDO_SETTINGS, ...change });
}

/** For `after`: leaves no settings to other specs. */
export function unsetSettings(): void {
  delete process.env[SETTINGS_VARIABLE];
}
