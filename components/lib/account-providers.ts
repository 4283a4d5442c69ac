import * as aws from "@pulumi/aws";
import type { Settings } from "../../config";
import { arn } from "../../contract/names";

/**
 * One provider per account of the organization, because every resource states its region. Providers are named after the account's id: a
 * new name would create each of the account's resources a second time before deleting the first.
 */
export class AccountProviders {
  readonly #settings: Settings;
  readonly #providers: ReadonlyMap<string, aws.Provider>;

  constructor(settings: Settings) {
    const { management, security, logArchive, members } = settings;
    this.#settings = settings;
    this.#providers = new Map(
      [management, security, logArchive, ...members].map(({ id }) => [
        id,
        this.#create(`${id}-account`, id, settings.homeRegion),
      ]),
    );
  }

  of(accountId: string): aws.Provider {
    const provider = this.#providers.get(accountId);
    if (provider === undefined) throw new Error(`Account ${accountId} has no provider.`);
    return provider;
  }

  /** For remote components, whose region is their provider's. */
  inRegion(accountId: string, region: string): aws.Provider {
    return region === this.#settings.homeRegion
      ? this.of(accountId)
      : this.#create(`${accountId}-account-${region}`, accountId, region);
  }

  #create(name: string, accountId: string, region: string): aws.Provider {
    const { partition, accessRoleName, credentialsAccountId } = this.#settings;
    const roleArn = arn(partition, "iam", "", accountId, `role/${accessRoleName}`);
    return new aws.Provider(name, {
      region: region as aws.Region,
      allowedAccountIds: [accountId],
      assumeRoles: accountId === credentialsAccountId ? undefined : [{ roleArn, sessionName: "bailiwick" }],
    });
  }
}
