/** Which keys the aliases of KMS stand for: DeleteAlias names the alias alone, and its record both. */
import { isJsonObject, type Json } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { keyArn } from "./resources";

export class Aliases {
  /** ARNs of keys by account, region and alias. */
  private readonly keys = new Map<string, string>();

  /** Aliases come and go by calls. */
  learn(call: ApiCall): void {
    if (call.service !== "kms" || call.errorCode !== undefined) return;
    const { Aliases: listed } = call.output ?? {};
    for (const one of Array.isArray(listed) ? listed : [])
      if (isJsonObject(one)) this.set(call, one["AliasName"], one["TargetKeyId"]);
    const { AliasName, TargetKeyId } = call.parameters ?? {};
    if (call.operation === "CreateAlias" || call.operation === "UpdateAlias")
      this.set(call, AliasName, TargetKeyId);
    if (call.operation === "DeleteAlias") this.keys.delete(idOf(call, AliasName));
  }

  /** The call as if KMS had answered which key a deleted alias stood for. As it was if nobody saw the alias made or listed. */
  told(call: ApiCall): ApiCall {
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
