/** Resource policies as IAM writes them, brought to one shape: IAM's grammar allows a single value wherever a list may stand. */

export interface Statement {
  /** Position in the policy, from 0. */
  index: number;
  sid?: string;
  effect: "Allow" | "Deny";
  /** Undefined: the statement has no such element. `*` stands for `{"AWS": "*"}`, which means the same. */
  principal?: Principals;
  notPrincipal?: Principals;
  /** Read only when asked for: in a program's preview, ARNs are often not known yet, and reading an unknown value throws. */
  readonly actions: string[] | undefined;
  readonly resources: string[] | undefined;
  conditions: Condition[];
}

/** By kind: `AWS`, `Service`, `Federated`, `CanonicalUser`. Null: the element has no readable form. */
export type Principals = Map<string, string[]> | null;

/** One key of one operator in a statement's Condition. Names are in lower case, since IAM compares them so. */
export interface Condition {
  /** As written, for messages. */
  operatorText: string;
  keyText: string;
  quantifier?: "forallvalues" | "foranyvalue";
  /** Without quantifier and `IfExists`, for example `stringequals`. */
  operator: string;
  ifExists: boolean;
  key: string;
  /** Booleans and numbers as text. */
  values: string[];
}

/** What a policy says, or why it can't be read. */
type PolicyDocument = { statements: Statement[] } | { unreadable: string };

/** Reads a policy given as JSON text or as an object; none (undefined, null, empty text) is a policy without statements. */
export function readPolicy(policy: unknown): PolicyDocument {
  if (policy === undefined || policy === null || policy === "") return { statements: [] };
  if (typeof policy === "string") {
    try {
      return readPolicy(JSON.parse(policy) as unknown);
    } catch {
      return { unreadable: "The policy is not JSON." };
    }
  }
  if (!isRecord(policy)) return { unreadable: "The policy is not an object." };
  const statements: Statement[] = [];
  for (const [index, raw] of asList(policy["Statement"]).entries()) {
    if (!isRecord(raw)) return { unreadable: `Statement ${index + 1} is not an object.` };
    const effect = raw["Effect"];
    if (effect !== "Allow" && effect !== "Deny") {
      return { unreadable: `The Effect of statement ${index + 1} is neither Allow nor Deny.` };
    }
    statements.push(readStatement(raw, effect, index));
  }
  return { statements };
}

function readStatement(raw: Record<string, unknown>, effect: "Allow" | "Deny", index: number): Statement {
  const statement: Statement = {
    index,
    effect,
    conditions: readConditions(raw["Condition"]),
    get actions() {
      return raw["Action"] === undefined ? undefined : texts(raw["Action"]);
    },
    get resources() {
      return raw["Resource"] === undefined ? undefined : texts(raw["Resource"]);
    },
  };
  if (typeof raw["Sid"] === "string" && raw["Sid"] !== "") statement.sid = raw["Sid"];
  if (raw["Principal"] !== undefined) statement.principal = readPrincipals(raw["Principal"]);
  if (raw["NotPrincipal"] !== undefined) statement.notPrincipal = readPrincipals(raw["NotPrincipal"]);
  return statement;
}

function readPrincipals(raw: unknown): Principals {
  if (typeof raw === "string" || Array.isArray(raw)) return readPrincipals({ AWS: raw });
  if (!isRecord(raw)) return null;
  const principals = new Map(Object.entries(raw).map(([kind, values]) => [kind, texts(values)]));
  const readable = [...principals.values()].every((values) => values.length > 0 && !values.includes(""));
  return principals.size > 0 && readable ? principals : null;
}

const OPERATOR = /^(?:(forallvalues|foranyvalue):)?(.+?)(ifexists)?$/;

function readConditions(raw: unknown): Condition[] {
  if (!isRecord(raw)) return [];
  return Object.entries(raw).flatMap(([operatorText, keys]) => {
    const [, quantifier, operator = "", ifExists] = OPERATOR.exec(operatorText.toLowerCase()) ?? [];
    return Object.entries(isRecord(keys) ? keys : {}).map(([keyText, values]): Condition => {
      const condition: Condition = {
        operatorText,
        keyText,
        operator,
        ifExists: ifExists !== undefined,
        key: keyText.toLowerCase(),
        values: texts(values),
      };
      if (quantifier === "forallvalues" || quantifier === "foranyvalue") condition.quantifier = quantifier;
      return condition;
    });
  });
}

/** A value or a list of values as texts; what has no text form becomes empty text, which matches nothing. */
function texts(raw: unknown): string[] {
  return asList(raw).map((value) => {
    if (typeof value === "string") return value;
    return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
  });
}

function asList(raw: unknown): unknown[] {
  if (raw === undefined || raw === null) return [];
  return Array.isArray(raw) ? (raw as unknown[]) : [raw];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
