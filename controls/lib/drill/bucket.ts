/** The buckets of drills. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  paginateListObjectsV2,
  S3Client,
  type BucketLocationConstraint,
} from "@aws-sdk/client-s3";
import { setTimeout } from "node:timers/promises";
import { s3Options } from "../aws-client";
import type { DrillContext } from "./drill";
import { isNamed } from "../errors";

export function s3ClientOf({ aws }: DrillContext<unknown>): S3Client {
  return new S3Client(s3Options(aws));
}

/** A bucket name that no other account has, from the drill's name and a role of at most 12 letters. */
export function bucketName({ name, account }: DrillContext<unknown>, role: string): string {
  return `${name}-${account}-${role}`;
}

export async function createBucket(client: S3Client, name: string, region: string): Promise<void> {
  // us-east-1 is the one region that must not be named.
  const place = region === "us-east-1" ? {} : { LocationConstraint: region as BucketLocationConstraint };
  await client.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: place }));
}

/** Makes the bucket accept public policies, which new buckets refuse. */
export async function allowPublicPolicies(client: S3Client, name: string, owner: string): Promise<void> {
  await client.send(new DeletePublicAccessBlockCommand({ Bucket: name, ExpectedBucketOwner: owner }));
}

/** Deletes the bucket and its contents, if it exists. */
export async function deleteBucket(client: S3Client, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await emptyBucket(client, name);
      await client.send(new DeleteBucketCommand({ Bucket: name }));
      return;
    } catch (error) {
      if (isNamed(error, "NoSuchBucket")) return;
      // Log files still arrive after their trail was deleted, and it is not known which is the last.
      if (!isNamed(error, "BucketNotEmpty") || attempt === 10) throw error;
      await setTimeout(50 * attempt);
    }
  }
}

async function emptyBucket(client: S3Client, name: string): Promise<void> {
  for await (const page of paginateListObjectsV2({ client }, { Bucket: name })) {
    const objects = (page.Contents ?? []).map(({ Key }) => ({ Key }));
    if (objects.length > 0)
      await client.send(
        new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: objects, Quiet: true } }),
      );
  }
}
