/**
 * Which statements of a resource policy let in somebody in particular who is not of the organization. To name one outside account is how
 * data are taken out without being public. Whom a statement lets in is what its principals and its conditions say together.
 */
import { readPolicy, type Condition, type Statement } from "./document";
import { EQUAL, holdsWithoutKey, NOT_EQUAL } from "./operators";
import { covers, lowerCase } from "./patterns";

/** Who is no outsider. */
export interface Insiders {
  /** Accounts of the organization, the resource's among them. */
  accounts: readonly string[];
  /** The organization. Absent: it isn't known, and no organization counts as another one. */
  organization?: string;
  /** Outsiders that are trusted, by their ids: accounts, organizations, S3's canonical users, CloudFront's origin access identities, roles, users. */
  trusted: readonly string[];
}

interface OutsideStatement {
  /** Position in the policy, from 0. */
  index: number;
  sid?: string;
  /** Whom it lets in, as a phrase after "the statement". */
  reason: string;
}

/** Judges a policy that can be read; a statement that lets in everyone names nobody, and is `analyzePolicy`'s to find. */
export function outsideStatements(policy: unknown, insiders: Insiders): OutsideStatement[] {
  const document = readPolicy(policy);
  if ("unreadable" in document) throw new TypeError(document.unreadable);
  const { statements } = document;
  const isOutside = outsiderOf(insiders);
  return statements.flatMap((statement) => {
    if (statement.effect === "Deny") return [];
    const outside = outsidersIn(statement, isOutside);
    if (outside.length === 0 || statements.some((denial) => keepsOut(denial, statement, isOutside)))
      return [];
    const { index, sid } = statement;
    return [{ index, ...(sid ? { sid } : {}), reason: `lets in ${listed(outside)}` }];
  });
}

/** Whom a value names, in words; undefined: nobody who could be an outsider. */
type Named = string | undefined;
/** Whom a value names, unless that is an insider. */
type Outsider = (named: Named) => Named;

const outsiderOf = ({ accounts, organization, trusted }: Insiders): Outsider => {
  const known = new Set([
    ...accounts.map((id) => account(id)),
    ...(organization === undefined ? [] : [organizationNamed(organization)]),
    ...trusted.flatMap((id) => [
      account(id),
      organizationNamed(id),
      canonical(id),
      identity(id),
      principalId(id),
    ]),
  ]);
  return (named) =>
    named === undefined || known.has(named) || (organization === undefined && named.startsWith(ORGANIZATION))
      ? undefined
      : named;
};

const ORGANIZATION = "the organization ";
const account = (id: string) => `the outside account ${id}`;
const organizationNamed = (id: string) => `${ORGANIZATION}${id}`;
const canonical = (id: string) => `the canonical user ${id}`;
const principalId = (id: string) => `the principal with the id ${id}`;
const identity = (id: string) => `the origin access identity ${id}`;

/** The outsiders that a statement lets in. */
function outsidersIn({ principal, conditions }: Statement, outsider: Outsider): string[] {
  const named = [...(principal ?? [])].flatMap(([kind, values]) =>
    values.map((value) => principalNamed(kind, value)),
  );
  const limits = conditions
    .filter((condition) => EQUAL.has(condition.operator) && !holdsWithoutKey(condition, conditions))
    .map((condition) => namesIn(condition, outsider))
    .filter((names) => names !== undefined);
  // All conditions must hold: one that only insiders fulfil keeps all others out.
  if (limits.some((names) => names.length === 0)) return [];
  // Everyone and services are whoever the conditions name.
  const isOpen = named.some((name) => name === undefined);
  return [...new Set([...named.flatMap((name) => outsider(name) ?? []), ...(isOpen ? limits.flat() : [])])];
}

/** The outsiders among a condition's values; undefined if it says nothing about accounts. */
function namesIn({ key, values }: Condition, outsider: Outsider): string[] | undefined {
  const name = KEYS.get(key);
  if (name === undefined) return undefined;
  const named = values.map(name);
  // Such as the ARN of a bucket, which doesn't say whose it is.
  if (named.some((each) => each === undefined)) return undefined;
  return named.flatMap((each) => outsider(each) ?? []);
}

/** Whether a Deny refuses whatever the grant allows to everyone but insiders. */
function keepsOut(denial: Statement, grant: Statement, outsider: Outsider): boolean {
  if (denial.effect !== "Deny" || denial.conditions.length === 0) return false;
  if (!denial.principal?.get("AWS")?.includes("*")) return false;
  if (!covers(lowerCase(denial.actions), lowerCase(grant.actions))) return false;
  if (!covers(denial.resources, grant.resources)) return false;
  return denial.conditions.every(
    (condition) =>
      NOT_EQUAL.has(condition.operator) &&
      // False for a request without the key, which the Deny would let pass.
      condition.quantifier !== "foranyvalue" &&
      condition.values.length > 0 &&
      namesIn(condition, outsider)?.length === 0,
  );
}

const ACCOUNT = /^\d{12}$/;

function principalNamed(kind: string, value: string): Named {
  if (kind === "CanonicalUser") return canonical(value);
  if (kind !== "AWS" && kind !== "Federated") return undefined;
  if (ACCOUNT.test(value)) return account(value);
  const id = /:iam::cloudfront:user\/CloudFront Origin Access Identity (\w+)$/.exec(value)?.[1];
  return id === undefined ? arnNamed(value) : identity(id);
}

function arnNamed(value: string): Named {
  const owner = value.split(":")[4] ?? "";
  return value.startsWith("arn:") && ACCOUNT.test(owner) ? account(owner) : undefined;
}

const accountNamed = (value: string): Named => (ACCOUNT.test(value) ? account(value) : undefined);
const pathNamed = (value: string): Named => organizationNamed(value.split("/", 1)[0] ?? "");
/** `<account>:<name>`, or the id of a role or user, which doesn't say whose it is: so nobody can be sure that it is no outsider. */
const userIdNamed = (value: string): Named => {
  const [first = ""] = value.split(":", 1);
  return accountNamed(first) ?? principalId(first);
};

/** What the values of a condition key name. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
const KEYS = new Map<string, (value: string) => Named>([
  ["aws:principalaccount", accountNamed],
  ["aws:principalarn", arnNamed],
  ["aws:principalorgid", organizationNamed],
  ["aws:principalorgpaths", pathNamed],
  ["aws:sourceaccount", accountNamed],
  ["aws:sourceowner", accountNamed],
  ["aws:sourcearn", arnNamed],
  ["aws:sourceorgid", organizationNamed],
  ["aws:sourceorgpaths", pathNamed],
  ["aws:sourcevpcarn", arnNamed],
  ["aws:vpceaccount", accountNamed],
  ["aws:vpceorgid", organizationNamed],
  ["aws:vpceorgpaths", pathNamed],
  ["aws:userid", userIdNamed],
  ["kms:calleraccount", accountNamed],
  ["s3:dataaccesspointaccount", accountNamed],
  ["s3:dataaccesspointarn", arnNamed],
]);

const MOST_NAMED = 5;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED);
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `${shown.join(", ")}${more}`;
}
