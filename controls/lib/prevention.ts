/** A control's preventive side as a CrossGuard policy. Imports types only, so that reading it starts nothing and loads no provider. */
import type { ReportViolation, ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import type { Control } from "./control";

/** A resource's inputs as a program may really pass them: despite the types, anything may be missing or wrong. */
export type Inputs = Readonly<Record<string, unknown>>;

/** Judges the inputs of one resource; `report` takes a message that says what is wrong, why, and how to write it correctly. */
export type Judge = (inputs: Inputs, report: (message: string) => void, args: ResourceValidationArgs) => void;

/** A control's policy, with the type tokens of what it judges. */
export interface Prevention extends ResourceValidationPolicy {
  resourceTypes: readonly string[];
  advisoryBecause?: string;
}

interface PreventionOptions extends Pick<ResourceValidationPolicy, "configSchema"> {
  /** Why the policy only advises, whatever the severity: what a program lacks need not be the control's fault. */
  advisoryBecause?: string;
}

/**
 * The policy of a control: named like it, mandatory from severity `high` on, advisory below. `judges` has Pulumi's type tokens as keys, for
 * example `aws:s3/bucketPolicy:BucketPolicy`; resources of other types are not judged.
 */
export function preventionOf<P>(
  control: Control<P>,
  judges: Readonly<Record<string, Judge>>,
  extra: PreventionOptions = {},
): Prevention {
  return {
    name: control.id,
    displayName: control.title,
    description: control.description,
    enforcementLevel: isGrave(control) && extra.advisoryBecause === undefined ? "mandatory" : "advisory",
    severity: control.severity,
    tags: control.frameworks,
    remediationSteps: control.remediationSteps,
    resourceTypes: Object.keys(judges),
    ...extra,
    validateResource: (args: ResourceValidationArgs, report: ReportViolation) => {
      if (Object.hasOwn(judges, args.type))
        judges[args.type]?.(args.props, (message) => report(message), args);
    },
  };
}

const isGrave = ({ severity }: Pick<Control, "severity">): boolean =>
  severity === "critical" || severity === "high";

/**
 * Calls `judge` for every item and throws the first error only afterwards. Reading a value that a preview doesn't know yet throws, and
 * must not prevent the known items from being judged.
 */
export function eachKnown<T>(items: Iterable<T>, judge: (item: T) => void): void {
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      judge(item);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** Whether `judge` finds one item good. If no known item is, an item that a preview doesn't know yet might be: its error is thrown. */
export function anyKnown<T>(items: Iterable<T>, judge: (item: T) => boolean): boolean {
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      if (judge(item)) return true;
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return false;
}

/** Reads a boolean input; the provider also takes the text "true". Anything else is not true. */
export function isTrue(value: unknown, whenAbsent: boolean): boolean {
  return value === undefined || value === null ? whenAbsent : value === true || value === "true";
}

/** What a value is, for messages about wrong types. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `of type ${typeof value}`;
}

export function isInputs(value: unknown): value is Inputs {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
