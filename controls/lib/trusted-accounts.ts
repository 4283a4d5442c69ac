/** Whom controls take for insiders: the organization, and the outsiders that a stack trusts. */
import * as v from "valibot";
import type { Insiders } from "./resource-policy/outsiders";
import type { RemediationContext } from "./remediation";

export interface TrustedAccounts {
  /**
   * Who may be given access though they are not of the organization: ids of accounts (12 digits), of organizations (`o-…`), of S3's
   * canonical users (64 hexadecimal digits), of CloudFront's origin access identities (`E…`), of roles and users (`AROA…`, `AIDA…`).
   * Default none.
   */
  trustedAccounts?: string[];
}

const ID =
  "the id of an account, an organization, a canonical user, an origin access identity, a role or a user, in quotes";

/** The parameter, for `parametersOf`. */
export const trustedAccounts = v.optional(
  v.pipe(
    v.array(
      v.pipe(
        v.string(ID),
        v.regex(/^(\d{12}|o-[a-z0-9]{10,32}|[0-9a-f]{64}|E[A-Z0-9]{5,20}|A(ROA|IDA)[A-Z0-9]{12,124})$/, ID),
      ),
      "a list of ids",
    ),
    v.metadata({ example: '["111122223333"]' }),
  ),
  [],
);

export const insidersOf = ({
  resource,
  parameters,
  organization,
}: Pick<RemediationContext<TrustedAccounts>, "resource" | "parameters" | "organization">): Insiders => ({
  accounts: [resource.account, ...(organization?.accounts ?? [])],
  ...(organization === undefined ? {} : { organization: organization.id }),
  trusted: parameters.trustedAccounts ?? [],
});
