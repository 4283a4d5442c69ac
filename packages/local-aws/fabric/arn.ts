/** The parts of an ARN that delivery needs. */

export interface Arn {
  text: string;
  partition: string;
  service: string;
  region: string;
  account: string;
  /** Everything after the account, with its colons and slashes. */
  resource: string;
}

/** @throws Error when the text is not an ARN. */
export function parseArn(text: string): Arn {
  const [prefix, partition = "", service = "", region = "", account = "", ...rest] = text.split(":");
  if (prefix !== "arn" || partition === "" || service === "" || rest.length === 0)
    throw new Error(`\`${text}\` is not an ARN.`);
  return { text, partition, service, region, account, resource: rest.join(":") };
}

/** The part after the first slash, or after the last colon if there is no slash. */
export function resourceName(arn: Arn): string {
  const slash = arn.resource.indexOf("/");
  return slash < 0 ? (arn.resource.split(":").pop() ?? "") : arn.resource.slice(slash + 1);
}
