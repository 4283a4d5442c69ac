import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LIST_INDEX } from "../contract/ledger-keys";
import { arn, LEDGER_TABLE_NAME } from "../contract/names";

export interface LedgerArgs {
  partition: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  /** Refuses to delete the table, by Pulumi and by DynamoDB. */
  protectEvidence: boolean;
  provider: aws.Provider;
}

/**
 * The table of what became of every event: evidence, what undo needs, and what keeps deliveries that meet from acting twice. Each
 * item says itself when it expires. Functions and the command find items by `id`, people by `list` and time.
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
        // Offences come in bursts, and mostly not at all.
        billingMode: "PAY_PER_REQUEST",
        hashKey: "id",
        attributes: [
          { name: "id", type: "S" },
          { name: "list", type: "S" },
          { name: "at", type: "S" },
        ],
        globalSecondaryIndexes: [
          { name: LIST_INDEX, hashKey: "list", rangeKey: "at", projectionType: "ALL" },
        ],
        ttl: { attributeName: "expires", enabled: true },
        pointInTimeRecovery: { enabled: true },
        // AWS's own KMS key for DynamoDB: its use is in CloudTrail, and it needs no permissions that could be missing.
        serverSideEncryption: { enabled: true },
        deletionProtectionEnabled: protectEvidence,
      },
      { parent: this, provider: args.provider, protect: protectEvidence },
    );
    this.registerOutputs({ tableName: this.table.name });
  }
}
