/** What AWS answers in the cases of message.txt. */
import { GetEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { MessageCases } from "../lib/message-cases";
import { sdkError } from "../lib/testing";

export const cases: MessageCases = {
  "matching-disable": {
    aws: (mock) => {
      mock(LambdaClient).on(GetEventSourceMappingCommand).resolves({
        State: "Disabled",
        FunctionArn: "arn:aws:lambda:eu-west-1:210987654321:function:book-order",
        EventSourceArn: "arn:aws:sqs:eu-west-1:210987654321:harbour-orders",
      });
    },
  },
  "matching-delete": {
    aws: (mock) => {
      mock(LambdaClient).on(GetEventSourceMappingCommand).rejects(sdkError("ResourceNotFoundException"));
    },
  },
};
