import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  EXPIRY_ATTRIBUTE,
  KEY_ATTRIBUTE,
  LIST_ATTRIBUTE,
  LIST_INDEX,
  TIME_ATTRIBUTE,
} from "../contract/ledger-records";
import { arn, LEDGER_TABLE_NAME } from "../contract/names";

interface LedgerArgs {
  partition: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  /** Prevents Pulumi and DynamoDB from deleting the table. */
  protectEvidence: boolean;
  provider: aws.Provider;
}

/**
 * The table of every event's outcome: evidence, what undo needs, and what prevents concurrent deliveries from acting twice. Each item
 * states when it expires. Functions and the command find items by their key, people by list and time.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html
 */
export class Ledger extends pulumi.ComponentResource {
  readonly table: aws.dynamodb.Table;
  readonly tableName = LEDGER_TABLE_NAME;
  /** Known at preview. */
  readonly tableArn: string;

  constructor(name: string, args: LedgerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:Ledger", name, args, opts);
    const { partition, region, securityAccountId, protectEvidence } = args;
    this.tableArn = arn(partition, "dynamodb", region, securityAccountId, `table/${LEDGER_TABLE_NAME}`);
    this.table = new aws.dynamodb.Table(
      `${name}-table`,
      {
        region,
        name: LEDGER_TABLE_NAME,
        // Violations are rare, and come in bursts.
        billingMode: "PAY_PER_REQUEST",
        hashKey: KEY_ATTRIBUTE,
        attributes: [
          { name: KEY_ATTRIBUTE, type: "S" },
          { name: LIST_ATTRIBUTE, type: "S" },
          { name: TIME_ATTRIBUTE, type: "S" },
        ],
        globalSecondaryIndexes: [
          { name: LIST_INDEX, hashKey: LIST_ATTRIBUTE, rangeKey: TIME_ATTRIBUTE, projectionType: "ALL" },
        ],
        ttl: { attributeName: EXPIRY_ATTRIBUTE, enabled: true },
        pointInTimeRecovery: { enabled: true },
        // With AWS's own KMS key for DynamoDB, whose use CloudTrail records, no permission can be missing.
        serverSideEncryption: { enabled: true },
        deletionProtectionEnabled: protectEvidence,
      },
      { parent: this, provider: args.provider, protect: protectEvidence },
    );
    this.registerOutputs({ tableName: this.table.name });
  }
}
