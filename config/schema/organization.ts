/** The organization: its accounts, its regions, and how deployments access them. */
import * as v from "valibot";
import { example } from "./metadata";
import { accountId, flag, region } from "./values";

const name = v.pipe(
  v.string("a name"),
  v.regex(
    /^[a-z][a-z0-9-]{0,30}$/,
    "at most 31 lower-case letters, digits and hyphens, beginning with a letter",
  ),
  v.description("A short name, unique in the organization, for messages and outputs."),
  example("payments"),
);

export const unitPath = v.pipe(
  v.string("the path of an organizational unit"),
  v.regex(
    /^[\w .@-]{1,128}(\/[\w .@-]{1,128}){0,4}$/,
    "names of organizational units from the top-level one down, separated by /",
  ),
  example("workloads/prod"),
);

const organizationalUnit = v.pipe(
  unitPath,
  v.description("The organizational unit that contains the account, by which a control's modes may be set."),
);

const coreAccount = v.strictObject({ id: accountId }, "an account");

export const organization = {
  organizationId: v.pipe(
    v.string("the organization's id"),
    v.regex(/^o-[a-z0-9]{10,32}$/, "o- and 10 to 32 lower-case letters or digits"),
    v.description("The organization's id, which aws organizations describe-organization shows."),
    example("o-a1b2c3d4e5"),
  ),
  homeRegion: v.pipe(
    region,
    v.description("The region of the hub bus, the functions and the organization trail."),
  ),
  regions: v.optional(
    v.pipe(
      v.array(region, "a list of regions"),
      v.description(
        "Further governed regions. The home region and the region in which global services report are always governed.",
      ),
      example("[eu-central-1]"),
    ),
    [],
  ),
  management: v.pipe(
    coreAccount,
    v.description("The organization's management account."),
    example('{ id: "111111111111" }'),
  ),
  security: v.pipe(
    coreAccount,
    v.description("The account that contains the hub bus and the functions."),
    example('{ id: "222222222222" }'),
  ),
  logArchive: v.pipe(
    coreAccount,
    v.description("The account that keeps the logs."),
    example('{ id: "333333333333" }'),
  ),
  members: v.pipe(
    v.array(
      v.strictObject(
        { name, id: accountId, organizationalUnit: v.optional(organizationalUnit) },
        "an account",
      ),
      "a list of accounts",
    ),
    v.description("The member accounts to govern."),
    example('[{ name: payments, id: "444444444444" }]'),
  ),
  governCoreAccounts: v.optional(
    v.pipe(flag, v.description("Also governs the management, security and log archive accounts.")),
    true,
  ),
  accessRoleName: v.optional(
    v.pipe(
      v.string("a role name"),
      v.regex(/^[\w+=,.@-]{1,64}$/, "1 to 64 letters, digits or +=,.@-_"),
      v.description("The role that deployments assume in each account."),
      example("OrganizationAccountAccessRole"),
    ),
    "OrganizationAccountAccessRole",
  ),
  credentialsAccountId: v.optional(
    v.pipe(
      accountId,
      v.description("The account whose credentials run the program. Default: the management account."),
    ),
  ),
};
