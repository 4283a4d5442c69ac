/** Links into the AWS console, for people who are signed in to the resource's account. */
import type { ResourceReference } from "../../controls/lib/resources";

const DOMAINS: Record<string, string> = {
  aws: "console.aws.amazon.com",
  "aws-us-gov": "console.amazonaws-us-gov.com",
  "aws-cn": "console.amazonaws.cn",
};

/** Page and fragment of a type of resource; `id` and `name` (the last part of the ARN) are escaped for URLs already. */
type Page = (of: { id: string; name: string; region: string }) => string;

const PAGES: Record<string, Page> = {
  "AWS::CloudTrail::Trail": ({ name, region }) => `cloudtrailv2/home?region=${region}#/trails/${name}`,
  "AWS::CloudWatch::Alarm": ({ id, region }) => `cloudwatch/home?region=${region}#alarmsV2:alarm/${id}`,
  "AWS::DynamoDB::Table": ({ name, region }) =>
    `dynamodbv2/home?region=${region}#table?name=${name}&tab=overview`,
  "AWS::EC2::Instance": ({ id, region }) => `ec2/home?region=${region}#InstanceDetails:instanceId=${id}`,
  "AWS::EC2::SecurityGroup": ({ id, region }) => `ec2/home?region=${region}#SecurityGroup:groupId=${id}`,
  "AWS::IAM::User": ({ name }) => `iam/home#/users/details/${name}`,
  "AWS::IAM::Role": ({ name }) => `iam/home#/roles/details/${name}`,
  "AWS::Lambda::Function": ({ name, region }) => `lambda/home?region=${region}#/functions/${name}`,
  "AWS::RDS::DBCluster": ({ name, region }) =>
    `rds/home?region=${region}#database:id=${name};is-cluster=true`,
  "AWS::RDS::DBInstance": ({ name, region }) =>
    `rds/home?region=${region}#database:id=${name};is-cluster=false`,
  "AWS::S3::Bucket": ({ id, region }) => `s3/buckets/${id}?region=${region}`,
  "AWS::SSM::Parameter": ({ id, region }) => `systems-manager/parameters/${id}/description?region=${region}`,
};

/** A link to the resource, or to its event history in CloudTrail if its type has no page here. */
export function consoleUrl(resource: ResourceReference): string {
  const { arn, id, region, type } = resource;
  const domain = DOMAINS[arn.split(":")[1] ?? "aws"] ?? "console.aws.amazon.com";
  const name = encodeURIComponent(arn.split(/[:/]/).pop() ?? id);
  // Root has no page in IAM; the dashboard shows its state.
  const root: Page | undefined = arn.endsWith(":root") ? () => "iam/home#/home" : undefined;
  const page = root ?? (Object.hasOwn(PAGES, type) ? PAGES[type] : undefined);
  const path = page
    ? page({ id: encodeURIComponent(id), name, region })
    : `cloudtrailv2/home?region=${region}#/events?ResourceName=${name}`;
  return `https://${region}.${domain}/${path}`;
}
