import * as aws from "@pulumi/aws";
import { interpolate, jsonStringify, type Input } from "@pulumi/pulumi";

const allow = (service: string, Action: string[], Resource: Input<string>[]) =>
  jsonStringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: `${service}.amazonaws.com` }, Action, Resource }],
  });
// Without a trail there are no events of API calls.
const logs = new aws.s3.Bucket("logs", { forceDestroy: true });
const resources = [logs.arn, interpolate`${logs.arn}/*`];
const write = allow("cloudtrail", ["s3:GetBucketAcl", "s3:PutObject"], resources);
const access = new aws.s3.BucketPolicy("logs", { bucket: logs.id, policy: write });
new aws.cloudtrail.Trail("trail", { s3BucketName: logs.id }, { dependsOn: access });
const queue = new aws.sqs.Queue("queue", { name: "bucket-events" });
const send = allow("events", ["sqs:SendMessage"], [queue.arn]);
new aws.sqs.QueuePolicy("queue", { queueUrl: queue.url, policy: send });
const eventPattern = JSON.stringify({ source: ["aws.s3"], detail: { eventName: ["CreateBucket"] } });
const rule = new aws.cloudwatch.EventRule("rule", { eventPattern });
new aws.cloudwatch.EventTarget("target", { rule: rule.name, arn: queue.arn });
