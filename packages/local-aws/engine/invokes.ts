/** The functions of @pulumi/aws that the engine answers: caller, region and partition. */
import { partitionOf } from "@bailiwick/aws-events/partitions";
import { EngineError } from "./errors";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Sessions } from "./sessions";
import { defined, text } from "./resource-type";
import { plainProperties, type Properties } from "./values";

const DNS_SUFFIXES: Record<string, string> = { "aws-cn": "amazonaws.com.cn" };

/** @throws EngineError for every other function. */
export async function invoke(
  token: string,
  args: Properties,
  provider: string | undefined,
  sessions: Sessions,
): Promise<Properties> {
  const session = sessions.of(provider);
  if (session === undefined) throw new EngineError(`${token}: its provider's settings are not known yet.`);
  const given = plainProperties(args);
  const region = text(given["region"]) ?? session.region;
  if (region === undefined) throw new EngineError(`${token}: no region is known.`);
  const partition = partitionOf(region);
  const dnsSuffix = DNS_SUFFIXES[partition] ?? "amazonaws.com";
  switch (token) {
    case "aws:index/getCallerIdentity:getCallerIdentity": {
      const found = await session.client(STSClient, region).send(new GetCallerIdentityCommand({}));
      const accountId = found.Account;
      return defined({ accountId, arn: found.Arn, id: accountId, userId: found.UserId });
    }
    case "aws:index/getRegion:getRegion":
      return {
        id: region,
        name: region,
        region,
        endpoint: `ec2.${region}.${dnsSuffix}`,
        description: region,
      };
    case "aws:index/getPartition:getPartition":
      return {
        id: partition,
        partition,
        dnsSuffix,
        reverseDnsPrefix: dnsSuffix.split(".").reverse().join("."),
      };
    default:
      throw new EngineError(
        `The local engine does not answer the function ${token}. Pass the value in, or add it in engine/invokes.ts of @bailiwick/local-aws.`,
      );
  }
}
