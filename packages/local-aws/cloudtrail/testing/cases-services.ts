/** KMS, SSM, SNS, SQS, Secrets Manager, CloudTrail itself and CloudWatch. */
import { answered, type Made, type RecordCase } from "./cases";
import { atLeast, list, text, time, uuid } from "./expect";
import { MEMBER } from "./recorded-organization";

const keyArn = (made: Made) => `arn:aws:kms:eu-west-1:${MEMBER}:key/${made["kmsKey"]}`;
const kms = {
  source: "kms",
  resources: (made: Made) => [{ accountId: MEMBER, type: "AWS::KMS::Key", ARN: keyArn(made) }],
};
const ALIAS = {
  accountId: MEMBER,
  type: "AWS::KMS::Key",
  ARN: `arn:aws:kms:eu-west-1:${MEMBER}:alias/data`,
};
const KEY_POLICY = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${MEMBER}:root"},"Action":"kms:*","Resource":"*"}]}`;
const parameter = {
  resources: () => [{ ARN: `arn:aws:ssm:eu-west-1:${MEMBER}:parameter/app/token`, accountId: MEMBER }],
};
const TOPIC = `arn:aws:sns:eu-west-1:${MEMBER}:alarms`;
const SECRET = text(new RegExp(`^arn:aws:secretsmanager:eu-west-1:${MEMBER}:secret:token-`));
export const TRAIL = `arn:aws:cloudtrail:eu-west-1:${MEMBER}:trail/own`;
/** Must exist already. */
export const TRAIL_BUCKET = "trails-of-member";

export const serviceCases: RecordCase[] = [
  {
    source: "kms",
    event: "DescribeKey",
    parameters: { KeyId: "11111111-2222-3333-4444-555555555555" },
    readOnly: true,
    request: null,
    response: null,
    errorCode: "NotFoundException",
  },
  {
    ...kms,
    event: "CreateKey",
    parameters: { Description: "for data" },
    keep: (answer, made) => (made["kmsKey"] = answered(answer, "KeyMetadata.KeyId")),
    request: {
      bypassPolicyLockoutSafetyCheck: false,
      customerMasterKeySpec: "SYMMETRIC_DEFAULT",
      description: "for data",
      keySpec: "SYMMETRIC_DEFAULT",
      keyUsage: "ENCRYPT_DECRYPT",
      multiRegion: false,
      origin: "AWS_KMS",
      policy: "",
    },
    response: (made) => ({
      keyMetadata: atLeast({
        keyId: made["kmsKey"] ?? "",
        arn: keyArn(made),
        creationDate: time,
        enabled: true,
        description: "for data",
        keyUsage: "ENCRYPT_DECRYPT",
        keyState: "Enabled",
        origin: "AWS_KMS",
        keyManager: "CUSTOMER",
        keySpec: "SYMMETRIC_DEFAULT",
        encryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
        multiRegion: false,
      }),
    }),
    differs: {
      "responseElements.keyMetadata":
        "the emulator answers no aWSAccountId, and an empty list of signing algorithms",
    },
  },
  {
    ...kms,
    event: "PutKeyPolicy",
    parameters: (made) => ({ KeyId: made["kmsKey"], PolicyName: "default", Policy: KEY_POLICY }),
    request: (made) => ({
      bypassPolicyLockoutSafetyCheck: false,
      keyId: made["kmsKey"] ?? "",
      policyName: "default",
      policy: KEY_POLICY,
    }),
    response: (made) => ({ keyId: keyArn(made) }),
  },
  {
    ...kms,
    event: "GenerateDataKey",
    parameters: (made) => ({ KeyId: made["kmsKey"], KeySpec: "AES_256", EncryptionContext: { App: "shop" } }),
    readOnly: true,
    request: (made) => ({
      keyId: made["kmsKey"] ?? "",
      keySpec: "AES_256",
      encryptionContext: { App: "shop" },
    }),
    response: null,
  },
  {
    ...kms,
    event: "Encrypt",
    parameters: (made) => ({ KeyId: made["kmsKey"], Plaintext: { __bytes__: "c2VjcmV0" } }),
    readOnly: true,
    request: (made) => ({ keyId: made["kmsKey"] ?? "", encryptionAlgorithm: "SYMMETRIC_DEFAULT" }),
    response: null,
  },
  {
    ...kms,
    event: "CreateAlias",
    parameters: (made) => ({ AliasName: "alias/data", TargetKeyId: made["kmsKey"] }),
    request: (made) => ({ aliasName: "alias/data", targetKeyId: made["kmsKey"] ?? "" }),
    response: (made) => ({ keyId: keyArn(made) }),
    resources: (made) => [...kms.resources(made), ALIAS],
  },
  {
    ...kms,
    event: "DeleteAlias",
    parameters: { AliasName: "alias/data" },
    request: { aliasName: "alias/data" },
    response: (made) => ({ keyId: keyArn(made) }),
    resources: (made) => [ALIAS, ...kms.resources(made)],
  },
  {
    ...kms,
    event: "CreateGrant",
    parameters: (made) => ({
      KeyId: made["kmsKey"],
      GranteePrincipal: `arn:aws:iam::${MEMBER}:root`,
      Operations: ["Decrypt"],
    }),
    request: (made) => ({
      keyId: made["kmsKey"] ?? "",
      granteePrincipal: `arn:aws:iam::${MEMBER}:root`,
      operations: ["Decrypt"],
    }),
    response: (made) => ({ grantId: text(/^[0-9a-f]{64}$/), keyId: keyArn(made) }),
  },
  {
    ...kms,
    event: "DisableKey",
    parameters: (made) => ({ KeyId: made["kmsKey"] }),
    request: (made) => ({ keyId: made["kmsKey"] ?? "" }),
    response: (made) => ({ keyId: keyArn(made) }),
  },
  {
    ...kms,
    event: "ScheduleKeyDeletion",
    parameters: (made) => ({ KeyId: made["kmsKey"], PendingWindowInDays: 7 }),
    request: (made) => ({ keyId: made["kmsKey"] ?? "", pendingWindowInDays: 7 }),
    response: (made) => ({ keyId: keyArn(made), keyState: "PendingDeletion", deletionDate: time }),
    differs: { "responseElements.pendingWindowInDays": "the emulator answers none" },
  },
  {
    source: "ssm",
    ...parameter,
    event: "PutParameter",
    parameters: { Name: "/app/token", Value: "very-secret", Type: "SecureString" },
    request: { name: "/app/token", value: "HIDDEN_DUE_TO_SECURITY_REASONS", type: "SecureString" },
    response: { version: 1, tier: "Standard" },
  },
  {
    source: "ssm",
    ...parameter,
    event: "GetParameters",
    parameters: { Names: ["/app/token"], WithDecryption: true },
    readOnly: true,
    request: { names: ["/app/token"], withDecryption: true },
    response: null,
  },
  {
    source: "ssm",
    event: "SendCommand",
    parameters: {
      DocumentName: "AWS-RunShellScript",
      InstanceIds: ["i-00000000000000000"],
      Parameters: { commands: ["very-secret"] },
    },
    request: {
      documentName: "AWS-RunShellScript",
      instanceIds: ["i-00000000000000000"],
      parameters: "HIDDEN_DUE_TO_SECURITY_REASONS",
      interactive: false,
    },
    response: null,
    errorCode: "InvalidInstanceId",
  },
  {
    source: "ssm",
    event: "CreateDocument",
    parameters: { Name: "steps", Content: '{"schemaVersion":"2.2"}', DocumentType: "Command" },
    request: { name: "steps", content: "HIDDEN_DUE_TO_SECURITY_REASONS", documentType: "Command" },
    response: null,
    errorCode: "InvalidAction",
    differs: { errorCode: "the emulator has no such call" },
  },
  {
    source: "sns",
    event: "CreateTopic",
    parameters: { Name: "alarms" },
    request: { name: "alarms" },
    response: { topicArn: TOPIC },
  },
  {
    source: "sns",
    event: "Subscribe",
    parameters: { TopicArn: TOPIC, Protocol: "email", Endpoint: "someone@example.com" },
    request: {
      topicArn: TOPIC,
      protocol: "email",
      endpoint: "someone@example.com",
      returnSubscriptionArn: false,
    },
    response: { subscriptionArn: text() },
  },
  {
    source: "sns",
    event: "SetTopicAttributes",
    parameters: { TopicArn: TOPIC, AttributeName: "DisplayName", AttributeValue: "Alarms" },
    request: { topicArn: TOPIC, attributeName: "DisplayName", attributeValue: "Alarms" },
    response: null,
  },
  {
    source: "sqs",
    event: "CreateQueue",
    parameters: { QueueName: "work", Attributes: { VisibilityTimeout: "30" } },
    keep: (answer, made) => (made["queue"] = answered(answer, "QueueUrl")),
    request: { queueName: "work", attributes: { VisibilityTimeout: "30" } },
    response: { queueUrl: text(/work$/) },
    differs: { "responseElements.queueUrl": "the queue's address on this machine" },
  },
  {
    source: "sqs",
    event: "SetQueueAttributes",
    parameters: (made) => ({ QueueUrl: made["queue"], Attributes: { DelaySeconds: "1" } }),
    request: (made) => ({ queueUrl: made["queue"] ?? "", attributes: { DelaySeconds: "1" } }),
    response: null,
    resources: () => [
      { accountId: MEMBER, type: "AWS::SQS::Queue", ARN: `arn:aws:sqs:eu-west-1:${MEMBER}:work` },
    ],
    differs: { "requestParameters.queueUrl": "the queue's address on this machine" },
  },
  {
    source: "secretsmanager",
    event: "CreateSecret",
    parameters: { Name: "token", SecretString: "very-secret", Description: "of the app" },
    request: { name: "token", clientRequestToken: uuid, description: "of the app" },
    response: { arn: SECRET },
  },
  {
    source: "secretsmanager",
    event: "PutSecretValue",
    parameters: { SecretId: "token", SecretString: "very-secret-2" },
    request: { secretId: "token", clientRequestToken: uuid },
    response: { arn: SECRET },
  },
  {
    source: "secretsmanager",
    event: "GetSecretValue",
    parameters: { SecretId: "token" },
    readOnly: true,
    request: { secretId: "token" },
    response: null,
  },
  {
    source: "secretsmanager",
    event: "DeleteSecret",
    parameters: { SecretId: "token", RecoveryWindowInDays: 7 },
    request: { secretId: "token", recoveryWindowInDays: 7 },
    response: { arn: SECRET, name: "token", deletionDate: time },
  },
  {
    source: "cloudtrail",
    event: "CreateTrail",
    parameters: { Name: "own", S3BucketName: TRAIL_BUCKET },
    request: { name: "own", s3BucketName: TRAIL_BUCKET },
    response: {
      name: "own",
      s3BucketName: TRAIL_BUCKET,
      includeGlobalServiceEvents: true,
      isMultiRegionTrail: false,
      trailARN: TRAIL,
      logFileValidationEnabled: false,
      isOrganizationTrail: false,
      recursiveLogging: true,
    },
    differs: { "responseElements.recursiveLogging": "the emulator's addition" },
  },
  {
    source: "cloudtrail",
    event: "PutEventSelectors",
    parameters: {
      TrailName: "own",
      EventSelectors: [{ ReadWriteType: "WriteOnly", IncludeManagementEvents: true }],
    },
    request: {
      trailName: "own",
      eventSelectors: [{ readWriteType: "WriteOnly", includeManagementEvents: true }],
    },
    response: {
      trailARN: TRAIL,
      eventSelectors: [
        {
          readWriteType: "WriteOnly",
          includeManagementEvents: true,
          dataResources: list,
          excludeManagementEventSources: list,
        },
      ],
    },
  },
  {
    source: "cloudtrail",
    event: "StopLogging",
    parameters: { Name: "own" },
    request: { name: "own" },
    response: null,
  },
  {
    source: "cloudtrail",
    event: "DeleteTrail",
    parameters: { Name: "own" },
    request: { name: "own" },
    response: null,
  },
  {
    source: "monitoring",
    service: "cloudwatch",
    event: "PutMetricAlarm",
    parameters: {
      AlarmName: "hot",
      MetricName: "m",
      Namespace: "n",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1.5,
      ComparisonOperator: "GreaterThanThreshold",
      Statistic: "Sum",
    },
    request: {
      alarmName: "hot",
      metricName: "m",
      namespace: "n",
      period: 60,
      evaluationPeriods: 1,
      threshold: 1.5,
      comparisonOperator: "GreaterThanThreshold",
      statistic: "Sum",
    },
    response: null,
  },
];
