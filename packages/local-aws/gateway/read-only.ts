/** Whether an API call only reads: CloudTrail's `readOnly`, decided by the operation's name, with exceptions. */

const READING =
  /^(Describe|Get|List|Head|Lookup|BatchGet|BatchDescribe|Search|Select|Simulate|Query|Scan|Check|Discover|Filter|Test|Validate|View|Preview|Estimate|Is|Download|Converse)([A-Z0-9]|$)/;

/** By `service:Operation`: operations whose names mislead. */
const EXCEPTIONS: Record<string, boolean> = {
  "sts:GetFederationToken": false,
  "sts:GetSessionToken": false,
  "sts:AssumeRole": true,
  "sts:AssumeRoleWithSAML": true,
  "sts:AssumeRoleWithWebIdentity": true,
  "sts:DecodeAuthorizationMessage": true,
  "kms:Decrypt": true,
  "kms:Encrypt": true,
  "kms:GenerateDataKey": true,
  "kms:GenerateDataKeyPair": true,
  "kms:GenerateDataKeyPairWithoutPlaintext": true,
  "kms:GenerateDataKeyWithoutPlaintext": true,
  "kms:GenerateMac": true,
  "kms:GenerateRandom": true,
  "kms:ReEncrypt": true,
  "kms:Sign": true,
  "kms:Verify": true,
  "kms:VerifyMac": true,
  "bedrock-runtime:InvokeModel": true,
  "bedrock-runtime:InvokeModelWithResponseStream": true,
  "bedrock-runtime:InvokeModelWithBidirectionalStream": true,
  "ecr:BatchCheckLayerAvailability": true,
  "ecr:GetAuthorizationToken": true,
  "dynamodb:BatchGetItem": true,
  "dynamodb:TransactGetItems": true,
  "athena:GetQueryExecution": true,
  "ses:SendEmail": true,
  "ses:SendRawEmail": true,
  "ssm:StartSession": false,
  "ec2:SearchTransitGatewayRoutes": true,
  "sqs:ReceiveMessage": true,
  "logs:StartQuery": true,
  "logs:TestMetricFilter": true,
  "cloudformation:ValidateTemplate": true,
};

export function isReadOnly(service: string, operation: string | undefined): boolean {
  if (operation === undefined) return false;
  return EXCEPTIONS[`${service}:${operation}`] ?? READING.test(operation);
}
