/**
 * Amazon S3: buckets and their settings. https://docs.aws.amazon.com/AmazonS3/latest/API/
 * Long because each of a bucket's settings is a resource type of its own.
 */
import * as s3 from "@aws-sdk/client-s3";
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { isGone } from "../errors";
import {
  defined,
  document,
  flag,
  number,
  object,
  objects,
  only,
  required,
  seen,
  tagList,
  tagMap,
  tagsOf,
  text,
  touches,
  type Call,
  type Existing,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";
import { fromLifecycleRule, toLifecycleRule } from "./s3-lifecycle";

const bucket: ResourceType = {
  inputs: ["bucket", "forceDestroy", "objectLockEnabled", "tags", "tagsAll"],
  replaceOn: ["bucket", "objectLockEnabled", "region"],
  name: { input: "bucket", maximum: 63, lowerCase: true },
  async create(inputs, call) {
    const client = call.client(s3.S3Client);
    const name = required(inputs, "bucket");
    await client.send(
      new s3.CreateBucketCommand({
        Bucket: name,
        ObjectLockEnabledForBucket: flag(inputs["objectLockEnabled"]),
        // us-east-1 is the only region that must not be named: CreateBucketConfiguration in the API reference.
        ...(call.region === "us-east-1"
          ? {}
          : {
              CreateBucketConfiguration: { LocationConstraint: call.region as s3.BucketLocationConstraint },
            }),
      }),
    );
    const outputs = bucketOutputs(name, call);
    call.created(name, outputs);
    await putBucketTags(client, name, inputs);
    return { id: name, outputs };
  },
  async update({ id }, inputs, changed, call) {
    if (touches(changed, "tagsAll")) await putBucketTags(call.client(s3.S3Client), id, inputs);
    return {};
  },
  async delete({ id, inputs }, call) {
    const client = call.client(s3.S3Client);
    if (flag(inputs["forceDestroy"])) await empty(client, id);
    await client.send(new s3.DeleteBucketCommand({ Bucket: id }));
  },
  async read({ id }, call) {
    const client = call.client(s3.S3Client);
    await client.send(new s3.HeadBucketCommand({ Bucket: id }));
    const tags = await orUndefined(client.send(new s3.GetBucketTaggingCommand({ Bucket: id })));
    return {
      inputs: { bucket: id, tagsAll: tagMap(tags?.TagSet) },
      outputs: bucketOutputs(id, call),
    };
  },
};

function bucketOutputs(name: string, { region, partition }: Call): Properties {
  const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return {
    arn: `arn:${partition}:s3:::${name}`,
    bucketDomainName: `${name}.s3.${domain}`,
    bucketRegionalDomainName: `${name}.s3.${region}.${domain}`,
    bucketRegion: region,
  };
}

async function putBucketTags(client: s3.S3Client, name: string, inputs: Properties): Promise<void> {
  const TagSet = tagList(tagsOf(inputs));
  if (TagSet.length > 0)
    await client.send(new s3.PutBucketTaggingCommand({ Bucket: name, Tagging: { TagSet } }));
  else if (inputs["tags"] !== undefined)
    await client.send(new s3.DeleteBucketTaggingCommand({ Bucket: name }));
}

/** Removes every version of every object. */
async function empty(client: s3.S3Client, name: string): Promise<void> {
  for (;;) {
    const page = await client.send(new s3.ListObjectVersionsCommand({ Bucket: name }));
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      // Emulators list unversioned objects without a version.
      ...(VersionId === undefined ? {} : { VersionId }),
    }));
    if (Objects.length === 0) return;
    const { Errors } = await client.send(
      new s3.DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } }),
    );
    const [failed] = Errors ?? [];
    if (failed) throw new Error(`s3:DeleteObjects kept ${failed.Key}: ${failed.Code} ${failed.Message}`);
  }
}

async function orUndefined<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** What all settings of a bucket share: they belong to one bucket, are set as a whole, and have its name. */
function setting(of: {
  inputs: readonly string[];
  put(client: s3.S3Client, name: string, inputs: Properties): Promise<unknown>;
  remove(client: s3.S3Client, name: string, existing: Existing): Promise<unknown>;
  get(client: s3.S3Client, name: string): Promise<Properties>;
}): ResourceType {
  return {
    inputs: ["bucket", ...of.inputs],
    replaceOn: ["bucket", "region"],
    async create(inputs, call) {
      const id = required(inputs, "bucket");
      await of.put(call.client(s3.S3Client), id, inputs);
      return { id, outputs: {} };
    },
    async update({ id }, inputs, _changed, call) {
      await of.put(call.client(s3.S3Client), id, inputs);
      return {};
    },
    async delete(existing, call) {
      await of.remove(call.client(s3.S3Client), existing.id, existing);
    },
    async read({ id }, call) {
      return { inputs: { bucket: id, ...(await of.get(call.client(s3.S3Client), id)) }, outputs: {} };
    },
  };
}

const bucketPolicy = setting({
  inputs: ["policy"],
  put: (client, Bucket, { policy }) =>
    client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: document(policy) })),
  remove: (client, Bucket) => client.send(new s3.DeleteBucketPolicyCommand({ Bucket })),
  get: async (client, Bucket) =>
    seen({ policy: (await client.send(new s3.GetBucketPolicyCommand({ Bucket }))).Policy }),
});

const bucketPublicAccessBlock = setting({
  inputs: ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"],
  put: (client, Bucket, inputs) =>
    client.send(
      new s3.PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: flag(inputs["blockPublicAcls"]) ?? false,
          BlockPublicPolicy: flag(inputs["blockPublicPolicy"]) ?? false,
          IgnorePublicAcls: flag(inputs["ignorePublicAcls"]) ?? false,
          RestrictPublicBuckets: flag(inputs["restrictPublicBuckets"]) ?? false,
        },
      }),
    ),
  remove: (client, Bucket) => client.send(new s3.DeletePublicAccessBlockCommand({ Bucket })),
  get: async (client, Bucket) => {
    const block = (await client.send(new s3.GetPublicAccessBlockCommand({ Bucket })))
      .PublicAccessBlockConfiguration;
    return {
      blockPublicAcls: block?.BlockPublicAcls ?? false,
      blockPublicPolicy: block?.BlockPublicPolicy ?? false,
      ignorePublicAcls: block?.IgnorePublicAcls ?? false,
      restrictPublicBuckets: block?.RestrictPublicBuckets ?? false,
    };
  },
});

const bucketVersioning = setting({
  inputs: ["versioningConfiguration"],
  put: (client, Bucket, inputs) => {
    const given = only(object(inputs["versioningConfiguration"]) ?? {}, "versioningConfiguration", [
      "status",
      "mfaDelete",
    ]);
    return client.send(
      new s3.PutBucketVersioningCommand({
        Bucket,
        VersioningConfiguration: {
          Status: text(given["status"]) as s3.BucketVersioningStatus,
          MFADelete: text(given["mfaDelete"]) as s3.MFADelete | undefined,
        },
      }),
    );
  },
  // Versioning can't be undone, only suspended: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
  remove: async (client, Bucket, { inputs }) => {
    if (object(inputs["versioningConfiguration"])?.["status"] !== "Enabled") return;
    await client.send(
      new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
    );
  },
  get: async (client, Bucket) => {
    const found = await client.send(new s3.GetBucketVersioningCommand({ Bucket }));
    return {
      versioningConfiguration: defined({ status: found.Status ?? "Disabled", mfaDelete: found.MFADelete }),
    };
  },
});

const bucketServerSideEncryptionConfiguration = setting({
  inputs: ["rules"],
  put: (client, Bucket, inputs) =>
    client.send(
      new s3.PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: { Rules: objects(inputs["rules"]).map(toEncryptionRule) },
      }),
    ),
  remove: (client, Bucket) => client.send(new s3.DeleteBucketEncryptionCommand({ Bucket })),
  get: async (client, Bucket) => {
    const found = await client.send(new s3.GetBucketEncryptionCommand({ Bucket }));
    return {
      rules: (found.ServerSideEncryptionConfiguration?.Rules ?? []).map((rule): Json => {
        const by = rule.ApplyServerSideEncryptionByDefault;
        return defined({
          applyServerSideEncryptionByDefault:
            by && defined({ sseAlgorithm: by.SSEAlgorithm, kmsMasterKeyId: by.KMSMasterKeyID }),
          bucketKeyEnabled: rule.BucketKeyEnabled,
        });
      }),
    };
  },
});

function toEncryptionRule(rule: JsonObject): s3.ServerSideEncryptionRule {
  only(rule, "rules", ["applyServerSideEncryptionByDefault", "bucketKeyEnabled"]);
  const by = object(rule["applyServerSideEncryptionByDefault"]);
  if (by) only(by, "applyServerSideEncryptionByDefault", ["sseAlgorithm", "kmsMasterKeyId"]);
  return {
    ...(by && {
      ApplyServerSideEncryptionByDefault: {
        SSEAlgorithm: text(by["sseAlgorithm"]) as s3.ServerSideEncryption,
        KMSMasterKeyID: text(by["kmsMasterKeyId"]),
      },
    }),
    BucketKeyEnabled: flag(rule["bucketKeyEnabled"]),
  };
}

const bucketLifecycleConfiguration = setting({
  inputs: ["rules", "transitionDefaultMinimumObjectSize"],
  put: (client, Bucket, inputs) =>
    client.send(
      new s3.PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: objects(inputs["rules"]).map(toLifecycleRule) },
        TransitionDefaultMinimumObjectSize: text(
          inputs["transitionDefaultMinimumObjectSize"],
        ) as s3.TransitionDefaultMinimumObjectSize,
      }),
    ),
  remove: (client, Bucket) => client.send(new s3.DeleteBucketLifecycleCommand({ Bucket })),
  get: async (client, Bucket) => {
    const found = await client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }));
    return { rules: (found.Rules ?? []).map(fromLifecycleRule) };
  },
});

const bucketOwnershipControls = setting({
  inputs: ["rule"],
  put: (client, Bucket, inputs) => {
    const rule = only(object(inputs["rule"]) ?? {}, "rule", ["objectOwnership"]);
    return client.send(
      new s3.PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: {
          Rules: [{ ObjectOwnership: text(rule["objectOwnership"]) as s3.ObjectOwnership }],
        },
      }),
    );
  },
  remove: (client, Bucket) => client.send(new s3.DeleteBucketOwnershipControlsCommand({ Bucket })),
  get: async (client, Bucket) => {
    const found = await client.send(new s3.GetBucketOwnershipControlsCommand({ Bucket }));
    return { rule: defined({ objectOwnership: found.OwnershipControls?.Rules?.[0]?.ObjectOwnership }) };
  },
});

const bucketObjectLockConfiguration = setting({
  inputs: ["objectLockEnabled", "rule"],
  put: (client, Bucket, inputs) => {
    const rule = object(inputs["rule"]);
    const retention = rule && only(rule, "rule", ["defaultRetention"])["defaultRetention"];
    const given = only(object(retention) ?? {}, "defaultRetention", ["mode", "days", "years"]);
    return client.send(
      new s3.PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          ...(rule && {
            Rule: {
              DefaultRetention: {
                Mode: text(given["mode"]) as s3.ObjectLockRetentionMode,
                Days: number(given["days"]),
                Years: number(given["years"]),
              },
            },
          }),
        },
      }),
    );
  },
  // Object Lock can't be switched off; only its default can be taken away.
  remove: (client, Bucket) =>
    client.send(
      new s3.PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" },
      }),
    ),
  get: async (client, Bucket) => {
    const found = (await client.send(new s3.GetObjectLockConfigurationCommand({ Bucket })))
      .ObjectLockConfiguration;
    const retention = found?.Rule?.DefaultRetention;
    return {
      objectLockEnabled: found?.ObjectLockEnabled ?? "Disabled",
      ...(retention && {
        rule: {
          defaultRetention: defined({ mode: retention.Mode, days: retention.Days, years: retention.Years }),
        },
      }),
    };
  },
});

const bucketLogging = setting({
  inputs: ["targetBucket", "targetPrefix"],
  put: (client, Bucket, inputs) =>
    client.send(
      new s3.PutBucketLoggingCommand({
        Bucket,
        BucketLoggingStatus: {
          LoggingEnabled: {
            TargetBucket: required(inputs, "targetBucket"),
            TargetPrefix: text(inputs["targetPrefix"]) ?? "",
          },
        },
      }),
    ),
  remove: (client, Bucket) =>
    client.send(new s3.PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} })),
  get: async (client, Bucket) => {
    const found = (await client.send(new s3.GetBucketLoggingCommand({ Bucket }))).LoggingEnabled;
    return seen({ targetBucket: found?.TargetBucket, targetPrefix: found?.TargetPrefix });
  },
});

const bucketObject: ResourceType = {
  inputs: ["bucket", "key", "content", "source", "contentType", "tags", "tagsAll"],
  replaceOn: ["bucket", "key", "region"],
  async create(inputs, call) {
    return putObject(inputs, call);
  },
  async update(_existing, inputs, _changed, call) {
    return (await putObject(inputs, call)).outputs;
  },
  async delete({ inputs }, call) {
    await call
      .client(s3.S3Client)
      .send(new s3.DeleteObjectCommand({ Bucket: text(inputs["bucket"]), Key: text(inputs["key"]) }));
  },
  async read({ inputs }, call) {
    const found = await call
      .client(s3.S3Client)
      .send(new s3.HeadObjectCommand({ Bucket: text(inputs["bucket"]), Key: text(inputs["key"]) }));
    return { inputs: {}, outputs: defined({ etag: found.ETag, contentType: found.ContentType }) };
  },
};

async function putObject(inputs: Properties, call: Call) {
  const [Bucket, Key] = [required(inputs, "bucket"), required(inputs, "key")];
  const tags = new URLSearchParams(tagsOf(inputs)).toString();
  const put = await call.client(s3.S3Client).send(
    new s3.PutObjectCommand({
      Bucket,
      Key,
      Body: call.files["source"] ?? text(inputs["content"]) ?? "",
      ContentType: text(inputs["contentType"]),
      ...(tags ? { Tagging: tags } : {}),
    }),
  );
  const arn = `arn:${call.partition}:s3:::${Bucket}/${Key}`;
  return { id: Key, outputs: defined({ arn, etag: put.ETag, versionId: put.VersionId }) };
}

export const types: Record<string, ResourceType> = {
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketPolicy:BucketPolicy": bucketPolicy,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketPublicAccessBlock,
  "aws:s3/bucketVersioning:BucketVersioning": bucketVersioning,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    bucketServerSideEncryptionConfiguration,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucketLifecycleConfiguration,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucketOwnershipControls,
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": bucketObjectLockConfiguration,
  "aws:s3/bucketLogging:BucketLogging": bucketLogging,
  "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject,
};
