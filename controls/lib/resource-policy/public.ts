/**
 * Which statements of a resource policy grant access to the public. It follows S3's meaning of "public", where doubt counts against the
 * policy: a grant is public unless a fixed principal, a condition of the statement or a Deny limits it to fixed values.
 */
import { readPolicy, type Condition, type Principals, type Statement } from "./document";
import { openPrincipal, valueCheck, type PolicyScope } from "./fixed-values";
import { EQUAL, holdsWithoutKey, NOT_EQUAL } from "./operators";
import { covers, lowerCase } from "./patterns";

export interface PublicStatement {
  /** Position in the policy, from 0. */
  index: number;
  sid?: string;
  /** To whom it grants access and why nothing limits that, as a phrase after "the statement". */
  reason: string;
}

/** What an analysis found. `unreadable` says why a policy can't be judged; then it must be neither called good nor changed. */
interface PolicyAnalysis {
  statements: PublicStatement[];
  unreadable?: string;
}

/** Judges a policy, given as JSON text or as an object. Never throws. */
export function analyzePolicy(policy: unknown, scope: PolicyScope = "any"): PolicyAnalysis {
  const document = readPolicy(policy);
  if ("unreadable" in document) return { statements: [], unreadable: document.unreadable };
  const denials = document.statements.filter(({ effect }) => effect === "Deny");
  const statements = document.statements.flatMap((statement) => {
    if (statement.effect === "Deny") return [];
    const reason = publicReason(statement, scope);
    if (reason === undefined || denials.some((denial) => leavesOnlyFixed(denial, statement, scope)))
      return [];
    return [{ index: statement.index, ...(statement.sid ? { sid: statement.sid } : {}), reason }];
  });
  return { statements };
}

/** The statements that grant access to the public, in the policy's order. Throws TypeError for an unreadable policy. */
export function publicStatements(policy: unknown, scope: PolicyScope = "any"): PublicStatement[] {
  const { statements, unreadable } = analyzePolicy(policy, scope);
  if (unreadable !== undefined) throw new TypeError(unreadable);
  return statements;
}

/** Whether the policy grants access to the public; true for an unreadable one. */
export function isPublic(policy: unknown, scope: PolicyScope = "any"): boolean {
  const { statements, unreadable } = analyzePolicy(policy, scope);
  return unreadable !== undefined || statements.length > 0;
}

function publicReason(statement: Statement, scope: PolicyScope): string | undefined {
  const grant = openGrant(statement);
  if (grant === undefined) return undefined;
  const weaknesses: string[] = [];
  for (const condition of statement.conditions) {
    const weakness = conditionWeakness(condition, statement.conditions, scope);
    if (weakness === undefined) return undefined;
    weaknesses.push(weakness);
  }
  return `${grant}${weaknesses.length === 0 ? ", without a condition" : `; ${weaknesses.join("; ")}`}`;
}

/** Whom an Allow lets in, when that is no one in particular. */
function openGrant({ principal, notPrincipal }: Statement): string | undefined {
  if (notPrincipal !== undefined) return "lets in everyone but the principals it names";
  if (!principal) return "names no principal that can be read";
  const whom = firstOpen(principal);
  return whom && `lets in ${whom}`;
}

function firstOpen(principals: NonNullable<Principals>): string | undefined {
  for (const [kind, values] of principals) {
    for (const value of values) {
      const whom = openPrincipal(kind, value);
      if (whom !== undefined) return whom;
    }
  }
  return undefined;
}

/** Why a condition of an Allow ties the grant to nobody; undefined when it does tie it. */
function conditionWeakness(condition: Condition, all: Condition[], scope: PolicyScope): string | undefined {
  const { operator, operatorText, key, keyText } = condition;
  if (!valueCheck(key, scope)) return `${keyText} ties it to nobody in particular`;
  if (!EQUAL.has(operator)) return `${operatorText} on ${keyText} leaves all others in`;
  // Both hold for a request without the key, unless another condition demands the key (Null: false).
  if (holdsWithoutKey(condition, all)) {
    return `${operatorText} also holds for a request without ${keyText}`;
  }
  return openValues(condition, scope);
}

/** Why the values of a condition are not all fixed; undefined when they are. Values are alternatives: one open one opens all. */
function openValues({ key, keyText, values }: Condition, scope: PolicyScope): string | undefined {
  if (values.length === 0) return `${keyText} has no value`;
  for (const value of values) {
    const fault = valueCheck(key, scope)?.(value);
    if (fault !== undefined) return `${keyText} \`${value}\` ${fault}`;
  }
  return undefined;
}

/**
 * Whether whatever a Deny doesn't refuse of a grant is tied to fixed values. The Deny must cover the grant's actions and resources in
 * full. What it lets pass are requests for which one of its parts is false, so each part, negated, must name fixed values: "deny all
 * unless they come through this endpoint" does, "deny all without TLS" doesn't.
 */
function leavesOnlyFixed(denial: Statement, grant: Statement, scope: PolicyScope): boolean {
  if (!covers(lowerCase(denial.actions), lowerCase(grant.actions))) return false;
  if (!covers(denial.resources, grant.resources)) return false;
  if (denial.notPrincipal !== undefined) {
    if (!denial.notPrincipal || firstOpen(denial.notPrincipal) !== undefined) return false;
  } else if (!denial.principal?.get("AWS")?.includes("*")) {
    return false;
  }
  return denial.conditions.every((condition) => remainderIsFixed(condition, scope));
}

function remainderIsFixed(condition: Condition, scope: PolicyScope): boolean {
  // ForAnyValue is false for a request without the key, which the Deny would let pass.
  if (!NOT_EQUAL.has(condition.operator) || condition.quantifier === "foranyvalue") return false;
  return valueCheck(condition.key, scope) !== undefined && openValues(condition, scope) === undefined;
}
