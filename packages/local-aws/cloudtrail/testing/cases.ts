/** A case of the comparison: a call, and the record that AWS would make of it. */
import type { Expected } from "./expect";
import type { Answer, Credentials } from "./recorded-organization";

type Elements = { [name: string]: Expected } | null;

export interface RecordCase {
  /** CloudTrail's name of the event. */
  event: string;
  /** `<source>.amazonaws.com` */
  source: string;
  /** botocore's name of the service, if it differs from the source's. */
  service?: string;
  /** The API's name of the operation, if it differs from the event's. */
  operation?: string;
  parameters?: Record<string, unknown> | ((made: Made) => Record<string, unknown>);
  /** 12 digits; the member's root if left out. */
  credentials?: (made: Made) => Credentials;
  region?: string;
  readOnly?: boolean;
  request: Elements | ((made: Made) => Elements);
  response: Elements | ((made: Made) => Elements);
  resources?: (made: Made) => Expected;
  errorCode?: string;
  /** Other fields of the record. */
  more?: { [name: string]: Expected };
  /** A data event, which is recorded only because the trail logs data events. */
  data?: boolean;
  /** Keeps parts of the answer for later cases. */
  keep?: (answer: Answer, made: Made) => void;
  /** The differences from AWS's record, by field, with the reason. */
  differs?: Record<string, string>;
}

/** The differences from AWS's in every record, by field. The comparison expects the local values. */
export const DIFFERS_EVERYWHERE = {
  eventVersion:
    "is always 1.11. On AWS it is 1.08 to 1.11, by service, call and time. There is no rule: the same service writes several " +
    "in one month, and some still write 1.08 in 2026.",
};

/** Values from earlier cases, by name. */
export type Made = Record<string, string>;

/** A member of an answer, by path: `KeyMetadata.KeyId`. */
export function answered(answer: Answer, path: string): string {
  let value: unknown = answer.output;
  for (const name of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  if (typeof value !== "string")
    throw new Error(`The call answered no ${path}: ${JSON.stringify(answer).slice(0, 300)}`);
  return value;
}
