/** The parts of an ARN that delivery needs. */

export interface Arn {
  text: string;
  partition: string;
  service: string;
  region: string;
  account: string;
  /** All after the account, colons and slashes included. */
  resource: string;
}

/** @throws Error when the text is no ARN. */
export function parseArn(text: string): Arn {
  const [prefix, partition = "", service = "", region = "", account = "", ...rest] = text.split(":");
  if (prefix !== "arn" || partition === "" || service === "" || rest.length === 0)
    throw new Error(`\`${text}\` is not an ARN.`);
  return { text, partition, service, region, account, resource: rest.join(":") };
}

/** What follows the first slash, or the last colon where there is none. */
export function resourceName(arn: Arn): string {
  const slash = arn.resource.indexOf("/");
  return slash < 0 ? (arn.resource.split(":").pop() ?? "") : arn.resource.slice(slash + 1);
}
