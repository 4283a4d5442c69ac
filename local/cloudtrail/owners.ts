/** Whose the things are that calls of another account use: that account sees the call too. */
import type { ApiCall } from "../gateway";

export class Owners {
  /** Bucket names are unique across accounts, and do not tell the account. */
  private readonly buckets = new Map<string, string>();

  /** Buckets come and go by calls. */
  learn(call: ApiCall): void {
    const bucket = call.parameters?.["Bucket"];
    if (call.service !== "s3" || call.errorCode !== undefined || typeof bucket !== "string") return;
    if (call.operation === "CreateBucket") this.buckets.set(bucket, call.account);
    if (call.operation === "DeleteBucket") this.buckets.delete(bucket);
  }

  /** The other account, if there is one. It hears of calls that reached it, not of refused ones. */
  foreignTo(call: ApiCall): string | undefined {
    if (call.errorCode !== undefined && call.service !== "s3") return undefined;
    const owner = this.ownerOf(call);
    return owner === undefined || owner === "" || owner === call.account ? undefined : owner;
  }

  private ownerOf(call: ApiCall): string | undefined {
    const text = (name: string) => {
      const value = call.parameters?.[name];
      return typeof value === "string" ? value : undefined;
    };
    switch (call.service) {
      case "s3":
        return this.buckets.get(text("Bucket") ?? "");
      case "sts":
        return text("RoleArn")?.split(":")[4];
      case "kms":
        return text("KeyId")?.split(":")[4];
      default:
        return undefined;
    }
  }
}
