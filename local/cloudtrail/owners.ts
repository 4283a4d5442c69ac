/** Whose the things are that calls of another account use: that account sees the call too. */
import type { ApiCall } from "../gateway";

/** Bucket names are unique across accounts, and do not tell the account: this asks. Undefined: there is no such bucket. */
export type FindBucketOwner = (bucket: string) => Promise<string | undefined>;

export class Owners {
  /** Who owns a bucket never changes while it exists. */
  private readonly buckets = new Map<string, string>();

  constructor(private readonly findBucketOwner: FindBucketOwner) {}

  /** Buckets come and go by calls. */
  learn(call: ApiCall): void {
    const bucket = call.parameters?.["Bucket"];
    if (call.service !== "s3" || typeof bucket !== "string") return;
    if (call.errorCode === "NoSuchBucket") this.buckets.delete(bucket);
    if (call.errorCode !== undefined) return;
    if (call.operation === "CreateBucket") this.buckets.set(bucket, call.account);
    if (call.operation === "DeleteBucket") this.buckets.delete(bucket);
  }

  /** The other account, if there is one. It hears of calls that reached it, not of refused ones; a bucket's owner of these too. */
  async foreignTo(call: ApiCall): Promise<string | undefined> {
    if (call.errorCode !== undefined && call.service !== "s3") return undefined;
    const owner = await this.ownerOf(call);
    return owner === undefined || owner === "" || owner === call.account ? undefined : owner;
  }

  private async ownerOf(call: ApiCall): Promise<string | undefined> {
    const text = (name: string) => {
      const value = call.parameters?.[name];
      return typeof value === "string" ? value : undefined;
    };
    switch (call.service) {
      case "s3":
        // Whoever asks for a name that is taken has not reached its bucket.
        return call.operation === "CreateBucket" ? undefined : this.ownerOfBucket(text("Bucket"));
      case "sts":
        return text("RoleArn")?.split(":")[4];
      case "kms":
        return text("KeyId")?.split(":")[4];
      default:
        return undefined;
    }
  }

  private async ownerOfBucket(bucket: string | undefined): Promise<string | undefined> {
    if (bucket === undefined) return undefined;
    const known = this.buckets.get(bucket);
    if (known !== undefined) return known;
    const found = await this.findBucketOwner(bucket);
    if (found !== undefined) this.buckets.set(bucket, found);
    return found;
  }
}
