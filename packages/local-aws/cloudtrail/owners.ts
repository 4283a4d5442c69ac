/** Whose the things are that calls of another account use: that account sees the call too. And where a bucket is that nobody signed for. */
import { isJsonObject } from "@bailiwick/aws-events/record";
import type { BucketHome } from "../emulator/emulator";
import type { ApiCall } from "../gateway";
import { isFederation } from "./federation";

/** Bucket names are unique across accounts, and tell neither account nor region: this asks. Undefined: there is no such bucket. */
export type FindBucket = (bucket: string) => Promise<BucketHome | undefined>;

export class Owners {
  /** Account and region of a bucket never change while it exists. */
  private readonly buckets = new Map<string, BucketHome>();

  constructor(private readonly findBucket: FindBucket) {}

  /** Buckets come and go by calls. */
  learn(call: ApiCall): void {
    const bucket = bucketOf(call);
    if (bucket === undefined) return;
    if (call.errorCode === "NoSuchBucket") this.buckets.delete(bucket);
    if (call.errorCode !== undefined) return;
    if (call.operation === "CreateBucket")
      this.buckets.set(bucket, { account: call.account, region: regionAskedFor(call) });
    if (call.operation === "DeleteBucket") this.buckets.delete(bucket);
  }

  /**
   * The other account, if there is one. It hears of calls that reached it, not of refused ones; a bucket's owner of these too, and a
   * role's if nobody else would.
   */
  async foreignTo(call: ApiCall): Promise<string | undefined> {
    if (call.errorCode !== undefined && call.service !== "s3" && !isFederation(call)) return undefined;
    const owner = await this.ownerOf(call);
    return owner === undefined || owner === "" || owner === call.account ? undefined : owner;
  }

  /** The call where S3 took it. Only a signature of version 4 names a region; any other call is in its bucket's. */
  async placed(call: ApiCall): Promise<ApiCall> {
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
        // Whoever asks for a name that is taken has not reached its bucket.
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

/** Buckets are made where the request says, or else where it went. */
function regionAskedFor(call: ApiCall): string {
  const configuration = call.parameters?.["CreateBucketConfiguration"];
  const asked = isJsonObject(configuration) ? configuration["LocationConstraint"] : undefined;
  if (typeof asked !== "string" || asked === "") return call.region;
  // The oldest name of a region.
  return asked === "EU" ? "eu-west-1" : asked;
}
