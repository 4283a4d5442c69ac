/** The keys that KMS aliases stand for: DeleteAlias names only the alias, but its record names both. */
import { isJsonObject, type Json } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { keyArn } from "./resources";

export class Aliases {
  /** ARNs of keys by account, region and alias. */
  private readonly keys = new Map<string, string>();

  /** Follows the calls that create, move and delete aliases. */
  observe(call: ApiCall): void {
    if (call.service !== "kms" || call.errorCode !== undefined) return;
    const { Aliases: listed } = call.output ?? {};
    for (const alias of Array.isArray(listed) ? listed : [])
      if (isJsonObject(alias)) this.set(call, alias["AliasName"], alias["TargetKeyId"]);
    const { AliasName, TargetKeyId } = call.parameters ?? {};
    if (call.operation === "CreateAlias" || call.operation === "UpdateAlias")
      this.set(call, AliasName, TargetKeyId);
    if (call.operation === "DeleteAlias") this.keys.delete(idOf(call, AliasName));
  }

  /** The call as if KMS had answered the key of a deleted alias. Unchanged if no call created or listed the alias. */
  withKey(call: ApiCall): ApiCall {
    if (call.service !== "kms" || call.operation !== "DeleteAlias" || call.errorCode !== undefined)
      return call;
    const KeyId = this.keys.get(idOf(call, call.parameters?.["AliasName"]));
    return KeyId === undefined ? call : { ...call, output: { ...call.output, KeyId } };
  }

  private set(call: ApiCall, alias: Json | undefined, key: Json | undefined): void {
    const arn = typeof key === "string" && keyArn({ ...call, output: { KeyId: key } }, call.region);
    if (typeof arn === "string") this.keys.set(idOf(call, alias), arn);
  }
}

const idOf = ({ account, region }: ApiCall, alias: Json | undefined): string =>
  `${account}/${region}/${JSON.stringify(alias)}`;
