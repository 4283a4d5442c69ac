/** The accounts that own the resources of calls by other accounts, as they see these calls too; and the regions of buckets in unsigned calls. */
import { isJsonObject } from "@bailiwick/aws-events/record";
import type { BucketHome } from "../emulator/emulator";
import type { ApiCall } from "../gateway";
import { isFederation } from "./federation";

/** Looks a bucket up, whose name gives neither account nor region. Undefined if there is no such bucket. */
type FindBucket = (bucket: string) => Promise<BucketHome | undefined>;

export class Owners {
  /** Account and region of a bucket never change while it exists. */
  private readonly buckets = new Map<string, BucketHome>();

  constructor(private readonly findBucket: FindBucket) {}

  /** Follows the calls that create and delete buckets. */
  observe(call: ApiCall): void {
    const bucket = bucketOf(call);
    if (bucket === undefined) return;
    if (call.errorCode === "NoSuchBucket") this.buckets.delete(bucket);
    if (call.errorCode !== undefined) return;
    if (call.operation === "CreateBucket")
      this.buckets.set(bucket, { account: call.account, region: regionAskedFor(call) });
    if (call.operation === "DeleteBucket") this.buckets.delete(bucket);
  }

  /**
   * The other account, if there is one. It sees the calls that reached it, not the refused ones. A bucket's owner sees these
   * too, and so does a role's if no other account does.
   */
  async foreignTo(call: ApiCall): Promise<string | undefined> {
    if (call.errorCode !== undefined && call.service !== "s3" && !isFederation(call)) return undefined;
    const owner = await this.ownerOf(call);
    return owner === undefined || owner === "" || owner === call.account ? undefined : owner;
  }

  /** The call in the region where S3 accepted it: that of a version 4 signature, otherwise that of the bucket. */
  async inBucketRegion(call: ApiCall): Promise<ApiCall> {
    const bucket = bucketOf(call);
    if (bucket === undefined || call.http.signatureVersion?.startsWith("SigV4") === true) return call;
    const home = await this.homeOf(bucket);
    return home === undefined ? call : { ...call, region: home.region };
  }

  private async ownerOf(call: ApiCall): Promise<string | undefined> {
    const text = (name: string) => {
      const value = call.parameters?.[name];
      return typeof value === "string" ? value : undefined;
    };
    switch (call.service) {
      case "s3": {
        // A call that asks for a name already taken doesn't reach the bucket of that name.
        const bucket = call.operation === "CreateBucket" ? undefined : text("Bucket");
        return bucket === undefined ? undefined : (await this.homeOf(bucket))?.account;
      }
      case "sts":
        return text("RoleArn")?.split(":")[4];
      case "kms":
        return text("KeyId")?.split(":")[4];
      default:
        return undefined;
    }
  }

  private async homeOf(bucket: string): Promise<BucketHome | undefined> {
    const known = this.buckets.get(bucket);
    if (known !== undefined) return known;
    const found = await this.findBucket(bucket);
    if (found !== undefined) this.buckets.set(bucket, found);
    return found;
  }
}

function bucketOf(call: ApiCall): string | undefined {
  const bucket = call.parameters?.["Bucket"];
  return call.service === "s3" && typeof bucket === "string" ? bucket : undefined;
}

/** A bucket is created in the region that the request gives, or else in that of the endpoint. */
function regionAskedFor(call: ApiCall): string {
  const configuration = call.parameters?.["CreateBucketConfiguration"];
  const requested = isJsonObject(configuration) ? configuration["LocationConstraint"] : undefined;
  if (typeof requested !== "string" || requested === "") return call.region;
  // The oldest name of eu-west-1.
  return requested === "EU" ? "eu-west-1" : requested;
}
