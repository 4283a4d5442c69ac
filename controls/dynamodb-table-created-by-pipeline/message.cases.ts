/** What AWS answers in the cases of message.txt. */
import { DescribeTableCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { MessageCase, MessageCases } from "../lib/message-cases";

const parameters = { principals: ["arn:aws:iam::210987654321:role/table-pipeline"] };

const tableWithItems =
  (Count: number): NonNullable<MessageCase["aws"]> =>
  (mock) => {
    const CreationDateTime = new Date("2026-03-17T08:41:27Z");
    const Table = { TableName: "berths", TableStatus: "ACTIVE" as const, CreationDateTime };
    mock(DynamoDBClient).on(DescribeTableCommand).resolves({ Table }).on(ScanCommand).resolves({ Count });
  };

export const cases: MessageCases = {
  "matching-by-hand": { aws: tableWithItems(0), parameters },
  "matching-by-hand with items": { aws: tableWithItems(3), parameters },
};
