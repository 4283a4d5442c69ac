/**
 * The function of undos: undoes the fix of an outcome of any control. Nothing in the program invokes it, only people do, by
 * `bailiwick undo`; the organization's trail records each invocation.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { STSClient } from "@aws-sdk/client-sts";
import { setTimeout } from "node:timers/promises";
import { readUndoSettings } from "../../contract/undo-settings";
import { settingsText } from "../../contract/settings";
import { undoRequest, type UndoAnswer } from "../../contract/undo";
import type { CatalogueEntry } from "../../controls/lib/control";
import type { Remediation } from "../../controls/lib/remediation";
import type { Clients } from "../control/clients";
import { dynamoDbStore } from "../control/ledger/dynamodb";
import { Ledger } from "../control/ledger/ledger";
import { REQUEST_LIMITS } from "../lib/request-limits";
import type { UndoRuntime } from "./runtime";
import { undo } from "./undo";

/** A control whose fixes can be undone. */
export interface UndoableControl {
  control: CatalogueEntry;
  remediation: Remediation<unknown>;
}

/** Answers `{ undo: … }` (an `UndoRequest`) with an `UndoAnswer`. */
export type UndoHandler = (event: unknown) => Promise<UndoAnswer>;

/** What the function works with. It needs neither queue nor metrics, so its bundle has neither. */
type UndoClients = Pick<Clients, "sts" | "eventBridge" | "store" | "clock" | "sleep">;

function clientsWith(given: Partial<UndoClients>, ledgerTable: string): UndoClients {
  const options = { requestHandler: REQUEST_LIMITS };
  return {
    sts: given.sts ?? new STSClient(options),
    eventBridge: given.eventBridge ?? new EventBridgeClient(options),
    store: given.store ?? dynamoDbStore(new DynamoDBClient(options), ledgerTable),
    clock: given.clock ?? Date.now,
    sleep: given.sleep ?? setTimeout,
  };
}

/**
 * Makes the handler. Reads the settings and throws when they are wrong, so that the function doesn't start.
 * @param controls those whose fixes can be undone; one that the settings don't name is off. @param given replace AWS's clients
 */
export function createUndoHandler(
  controls: readonly UndoableControl[],
  given: Partial<UndoClients> = {},
): UndoHandler {
  const settings = readUndoSettings(
    settingsText(process.env),
    controls.map(({ control }) => control),
  );
  const { partition, busName, roleName } = settings;
  const { sts, store, clock, sleep, eventBridge } = clientsWith(given, settings.ledger.table);
  const ledger = new Ledger(store, settings.ledger, clock);
  const runtimes = new Map(
    controls.flatMap(({ control, remediation }): [string, UndoRuntime][] => {
      const own = settings.controls[control.id];
      if (own === undefined) return [];
      const shared = { sts, ledger, clock, sleep, settings: { ...own, partition, busName, roleName } };
      // The settings' parameters passed the control's own schema, so they are what its remediation expects.
      return [[control.id, { ...shared, control, remediation }]];
    }),
  );
  return (event) => answer(event, runtimes, ledger, eventBridge);
}

async function answer(
  event: unknown,
  runtimes: ReadonlyMap<string, UndoRuntime>,
  ledger: Ledger,
  eventBridge: EventBridgeClient,
): Promise<UndoAnswer> {
  const request = undoRequest(event);
  if (!request) return { undone: false, why: "This is no request to undo: `bailiwick undo` makes one." };
  const entry = await ledger.entry(request.outcome);
  if (!entry) return { undone: false, why: `The ledger has no outcome ${request.outcome}.` };
  const { control } = entry.body.outcome;
  const runtime = runtimes.get(control);
  if (!runtime) return { undone: false, why: `The control ${control} is off, or its fixes can't be undone.` };
  return undo(runtime, eventBridge, request);
}
