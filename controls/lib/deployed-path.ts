/**
 * What the program deployed on the path of the events, as the function that guards it compares with. All accounts and regions have the
 * same, so texts contain `<account>` and `<region>` in place of them: the description's size doesn't depend on their number.
 */
export interface DeployedPath {
  /** Of each governed account, in each governed region. */
  forwarding: {
    regions: string[];
    /** By name, on the default bus. */
    rules: Record<string, DeployedRule>;
    deadLetterQueue: DeployedQueue;
  };
  /** Of governed accounts, by name: mostly one for all, otherwise one for each group of accounts that have the same. */
  roles: Record<string, DeployedRole[]>;
  hub: {
    account: string;
    region: string;
    /** By name, on the hub bus. */
    rules: Record<string, DeployedRule>;
    /** JSON. */
    busPolicy: string;
  };
  /** ARNs of the roles that deploy, in which `<account>` may stand. */
  deployers: string[];
}

export interface DeployedRule {
  /** Absent, as the rest: only the state is compared. */
  eventPattern?: string;
  description?: string;
  state: string;
  targets?: DeployedTarget[];
}

export interface DeployedTarget {
  id: string;
  arn: string;
  roleArn?: string;
  deadLetterQueueArn: string;
  retry?: { maximumEventAgeSeconds: number; maximumRetryAttempts: number };
}

export interface DeployedQueue {
  name: string;
  messageRetentionSeconds: number;
  /** JSON. */
  policy: string;
}

export interface DeployedRole {
  /** JSON. */
  trustPolicy: string;
  policy: { name: string; document: string };
  /** Ids; absent: all accounts that no other description of the role names. */
  accounts?: string[];
}

export const ACCOUNT = "<account>";
export const REGION = "<region>";

/** A part of the description as it is in one account and region. */
export function inPlace<Part>(part: Part, { account, region }: { account: string; region: string }): Part {
  return JSON.parse(JSON.stringify(part).replaceAll(ACCOUNT, account).replaceAll(REGION, region)) as Part;
}
