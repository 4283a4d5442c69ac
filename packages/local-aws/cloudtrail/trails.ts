/** The organization's trails in the emulator, cached per account and region until a CloudTrail call changes them. */
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetInsightSelectorsCommand,
  GetTrailStatusCommand,
} from "@aws-sdk/client-cloudtrail";
import { ListAccountsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import type { Trail } from "./selectors";

/** The organization's trails during a period. */
export interface TrailState {
  trails: Trail[];
  /** Accounts of the organization. */
  accounts: ReadonlySet<string>;
}

/** Reads from the emulator directly and as root, not through the gateway, so that nothing is recorded. */
interface TrailReader {
  /** Trails whose home is this account and region. */
  trails(account: string, region: string): Promise<Trail[]>;
  accounts(managementAccount: string): Promise<string[]>;
}

/** The secret of an account's root in the emulator. */
export const ROOT_SECRET = "test";

export function emulatorTrails(url: string): TrailReader {
  const configuration = (account: string, region: string) => ({
    endpoint: url,
    region,
    credentials: { accessKeyId: account, secretAccessKey: ROOT_SECRET },
  });
  return {
    async trails(account, region) {
      const client = new CloudTrailClient(configuration(account, region));
      try {
        const { trailList = [] } = await client.send(
          new DescribeTrailsCommand({ includeShadowTrails: false }),
        );
        return await Promise.all(
          trailList.map(async (trail): Promise<Trail> => {
            const arn = trail.TrailARN ?? "";
            const [status, selected, insights] = await Promise.all([
              client.send(new GetTrailStatusCommand({ Name: arn })),
              client.send(new GetEventSelectorsCommand({ TrailName: arn })),
              // The call fails for a trail without any.
              trail.HasInsightSelectors === true
                ? client.send(new GetInsightSelectorsCommand({ TrailName: arn }))
                : undefined,
            ]);
            const { CloudWatchLogsLogGroupArn: groupArn, CloudWatchLogsRoleArn: roleArn } = trail;
            return {
              name: trail.Name ?? "",
              arn,
              account,
              homeRegion: trail.HomeRegion ?? region,
              multiRegion: trail.IsMultiRegionTrail === true,
              organization: trail.IsOrganizationTrail === true,
              globalServiceEvents: trail.IncludeGlobalServiceEvents !== false,
              logging: status.IsLogging === true,
              bucket: trail.S3BucketName ?? "",
              prefix: trail.S3KeyPrefix === "" ? undefined : trail.S3KeyPrefix,
              kmsKeyId: trail.KmsKeyId === "" ? undefined : trail.KmsKeyId,
              logFileValidation: trail.LogFileValidationEnabled === true,
              cloudWatchLogs: groupArn && roleArn ? { groupArn, roleArn } : undefined,
              topicArn: trail.SnsTopicARN === "" ? undefined : trail.SnsTopicARN,
              insights: insights?.InsightSelectors?.flatMap(
                ({ InsightType: type, EventCategories: categories = ["Management"] }) =>
                  type === undefined ? [] : [{ type, categories }],
              ),
              selectors: selected.EventSelectors ?? [],
              advancedSelectors:
                (selected.AdvancedEventSelectors ?? []).length > 0
                  ? selected.AdvancedEventSelectors
                  : undefined,
            };
          }),
        );
      } finally {
        client.destroy();
      }
    },
    async accounts(managementAccount) {
      const client = new OrganizationsClient(configuration(managementAccount, "us-east-1"));
      try {
        const accounts: string[] = [];
        for (let NextToken: string | undefined; ;) {
          const page = await client.send(new ListAccountsCommand({ NextToken }));
          accounts.push(...(page.Accounts ?? []).map(({ Id }) => Id ?? ""));
          NextToken = page.NextToken;
          if (NextToken === undefined) return accounts;
        }
      } finally {
        client.destroy();
      }
    },
  };
}

/** States in chronological order. A call is judged by the state at its arrival. */
export class TrailHistory {
  private states: { from: number; state: TrailState }[];

  constructor(
    private readonly reader: Promise<TrailReader>,
    private readonly managementAccount: string,
    accounts: readonly string[],
  ) {
    this.states = [{ from: Number.NEGATIVE_INFINITY, state: { trails: [], accounts: new Set(accounts) } }];
  }

  /** The state at a moment: milliseconds since 1970. */
  at(moment: number): TrailState {
    const found = this.states.findLast(({ from }) => from <= moment) ?? this.states[0];
    if (!found) throw new Error("There is always a first state.");
    return found.state;
  }

  now(): TrailState {
    return this.at(Number.POSITIVE_INFINITY);
  }

  /** Reads the trails of an account and region again, which are valid from `moment` on. */
  async refreshTrails(account: string, region: string, moment: number): Promise<void> {
    const read = await (await this.reader).trails(account, region);
    const { trails, accounts } = this.now();
    const others = trails.filter((trail) => trail.account !== account || trail.homeRegion !== region);
    this.add(moment, { trails: [...others, ...read], accounts });
  }

  async refreshAccounts(moment: number): Promise<void> {
    const accounts = await (await this.reader).accounts(this.managementAccount);
    this.add(moment, { trails: this.now().trails, accounts: new Set(accounts) });
  }

  private add(from: number, state: TrailState): void {
    this.states.push({ from, state });
    // Calls take seconds, not minutes, so older states are no longer needed.
    if (this.states.length > 100) this.states.splice(0, this.states.length - 100);
  }
}
