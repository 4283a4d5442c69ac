/**
 * The hub bus and its policy. It is only reported: PutPermission takes no resource in IAM, so whoever may call it could open every bus of
 * the account. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
 */
import { DescribeEventBusCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { isNamed } from "../lib/errors";
import { isSameDocument } from "./compare";
import { AS_DEPLOYED, NOT_OURS, violation, type Part } from "./part";

export const bus: Part = {
  async evaluate({ aws, resource, deployed: { hub } }) {
    if (resource.account !== hub.account || resource.region !== hub.region) return NOT_OURS;
    try {
      const found = await new EventBridgeClient(aws).send(new DescribeEventBusCommand({ Name: resource.id }));
      if (isSameDocument(found.Policy, hub.busPolicy)) return AS_DEPLOYED;
      return violation(
        [
          found.Policy === undefined
            ? "The hub bus has no policy: no account can forward its events. Run pulumi up, which restores it."
            : "The hub bus has another policy than was deployed. Run pulumi up, which restores it.",
        ],
        [],
      );
    } catch (error) {
      if (!isNamed(error, "ResourceNotFoundException")) throw error;
      return violation(
        ["The hub bus was deleted, with all its rules. Run pulumi up, which restores it."],
        [],
      );
    }
  },
};
