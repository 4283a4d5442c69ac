/** Enables a disabled event source mapping; reports a removed one. */
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { knownFacts, textIn } from "../lib/event-fields";
import type { Evaluation, Remediation, RemediationContext } from "../lib/remediation";
import type { Facts } from "../lib/control";
import { isNamed } from "../lib/errors";

export interface MappingBefore {
  enabled: boolean;
}

/** Lambda refuses changes in these. https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
const BETWEEN = ["Creating", "Enabling", "Disabling", "Updating"];

export const remediation: Remediation<Record<string, never>, MappingBefore> = {
  async evaluate({ resource, event, aws }: RemediationContext): Promise<Evaluation<MappingBefore>> {
    let mapping;
    try {
      mapping = await new LambdaClient(aws).send(new GetEventSourceMappingCommand({ UUID: resource.id }));
    } catch (error) {
      if (!isNamed(error, "ResourceNotFoundException")) throw error;
      // Who removed it has an event of their own: whoever changed it before must not be taken for them.
      if (!event || !isRemoval(event)) return { state: "absent" };
      const response = (name: string) => textIn(event, "responseElements", name);
      return removed(factsOf(response("functionArn"), response("eventSourceArn")));
    }
    const { State: state = "", FunctionArn: functionArn, EventSourceArn: source } = mapping;
    const facts = factsOf(functionArn, source);
    // Lambda still returns a mapping while it removes it.
    if (state === "Deleting" && (!event || isRemoval(event))) return removed(facts);
    if (BETWEEN.includes(state) || state === "Deleting")
      return { state: "changing", what: `The mapping ${resource.id} is ${state.toLowerCase()}.` };
    if (state !== "Disabled")
      return { state: "compliant", why: `The mapping's state is ${state}.`, after: { enabled: true } };
    return {
      state: "violation",
      findings: [
        `The mapping is disabled: ${facts["Function"] ?? "its function"} receives nothing from ${facts["Source"] ?? "its source"}.`,
      ],
      before: { enabled: false },
      remedies: ["Enable the mapping."],
      facts,
    };
  },

  async fix({ resource, aws }: RemediationContext): Promise<void> {
    await new LambdaClient(aws).send(
      new UpdateEventSourceMappingCommand({ UUID: resource.id, Enabled: true }),
    );
  },

  async undo({ resource, aws }: RemediationContext, { enabled }: MappingBefore): Promise<void> {
    await new LambdaClient(aws).send(
      new UpdateEventSourceMappingCommand({ UUID: resource.id, Enabled: enabled }),
    );
  },
};

const isRemoval = (event: EventBridgeEvent): boolean =>
  textIn(event, "eventName")?.startsWith("DeleteEventSourceMapping") === true;

function removed(facts: Facts): Evaluation<MappingBefore> {
  return {
    state: "violation",
    findings: [
      `The mapping was removed: ${facts["Function"] ?? "its function"} no longer receives from ${facts["Source"] ?? "its source"}.`,
    ],
    before: { enabled: false },
    remedies: [],
    facts,
  };
}

/** Within the account and region of the resource the function's name is enough. Sources without an ARN (Kafka, MQ) are left out. */
function factsOf(functionArn: string | undefined, sourceArn: string | undefined): Facts {
  return knownFacts({ Function: functionArn?.split(":")[6], Source: sourceArn });
}
