/** S3, RDS, DynamoDB, ECR: services that store data. Long because each case has a whole call and its whole record. */
import type { RecordCase } from "./cases";
import { atLeast, olderTime, list, number, text, time, type Expected } from "./expect";
import { MEMBER } from "./recorded-organization";

const Bucket = "data-of-member";
const bucketName = Bucket;
const Host = `${Bucket}.s3.eu-west-1.amazonaws.com`;
const xmlns = "http://s3.amazonaws.com/doc/2006-03-01/";
const PUBLIC = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` },
  ],
};
const s3 = {
  source: "s3",
  response: null,
  resources: () => [{ accountId: MEMBER, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${Bucket}` }],
};
const instance = atLeast({
  dBInstanceIdentifier: "db-one",
  dBInstanceClass: "db.t3.micro",
  engine: "postgres",
  dBInstanceStatus: text(),
  masterUsername: "owner",
  allocatedStorage: 20,
  dBSecurityGroups: list,
  vpcSecurityGroups: list,
  dBParameterGroups: list,
  dBSubnetGroup: atLeast({ dBSubnetGroupName: "default", vpcId: text() }),
  pendingModifiedValues: atLeast({}),
  multiAZ: false,
  dBInstanceArn: `arn:aws:rds:eu-west-1:${MEMBER}:db:db-one`,
  iAMDatabaseAuthenticationEnabled: false,
});
const TABLE = [
  {
    accountId: MEMBER,
    type: "AWS::DynamoDB::Table",
    ARN: `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders`,
  },
];
const dynamodb = { source: "dynamodb", more: { apiVersion: "2012-08-10" }, resources: () => TABLE };
const orders = {
  ...dynamodb,
  data: true,
  response: null,
};
const moreOfInstance = {
  responseElements:
    "the emulator's instance exists at once, with the status, endpoint and times of a finished one",
};

export const storageCases: RecordCase[] = [
  {
    ...s3,
    event: "CreateBucket",
    parameters: { Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } },
    request: { bucketName, Host, CreateBucketConfiguration: { LocationConstraint: "eu-west-1", xmlns } },
  },
  {
    ...s3,
    event: "PutBucketPublicAccessBlock",
    operation: "PutPublicAccessBlock",
    parameters: {
      Bucket,
      PublicAccessBlockConfiguration: { BlockPublicAcls: false, BlockPublicPolicy: false },
    },
    request: {
      bucketName,
      Host,
      publicAccessBlock: "",
      PublicAccessBlockConfiguration: { BlockPublicAcls: false, BlockPublicPolicy: false, xmlns },
    },
  },
  {
    ...s3,
    event: "PutBucketPolicy",
    parameters: { Bucket, Policy: JSON.stringify(PUBLIC) },
    request: { bucketName, Host, policy: "", bucketPolicy: PUBLIC },
  },
  { ...s3, event: "DeleteBucketPolicy", parameters: { Bucket }, request: { bucketName, Host, policy: "" } },
  {
    ...s3,
    event: "GetBucketPolicy",
    parameters: { Bucket },
    readOnly: true,
    request: { bucketName, Host, policy: "" },
    errorCode: "NoSuchBucketPolicy",
  },
  {
    ...s3,
    event: "PutBucketVersioning",
    parameters: { Bucket, VersioningConfiguration: { Status: "Suspended" } },
    request: { bucketName, Host, versioning: "", VersioningConfiguration: { Status: "Suspended", xmlns } },
  },
  {
    ...s3,
    event: "PutBucketEncryption",
    parameters: {
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
    },
    request: {
      bucketName,
      Host,
      encryption: "",
      ServerSideEncryptionConfiguration: {
        Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } },
        xmlns,
      },
    },
  },
  {
    ...s3,
    event: "PutBucketLifecycle",
    operation: "PutBucketLifecycleConfiguration",
    parameters: {
      Bucket,
      LifecycleConfiguration: {
        Rules: [{ ID: "gone", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }],
      },
    },
    request: {
      bucketName,
      Host,
      lifecycle: "",
      LifecycleConfiguration: {
        Rule: { ID: "gone", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } },
        xmlns,
      },
    },
  },
  {
    ...s3,
    event: "GetBucketAcl",
    parameters: { Bucket },
    readOnly: true,
    request: { bucketName, Host, acl: "" },
  },
  {
    ...s3,
    event: "ListBuckets",
    readOnly: true,
    request: { Host: "s3.eu-west-1.amazonaws.com" },
    resources: undefined,
  },
  {
    ...s3,
    event: "GetBucketLocation",
    parameters: { Bucket: "bucket-that-is-not" },
    readOnly: true,
    request: {
      bucketName: "bucket-that-is-not",
      Host: "bucket-that-is-not.s3.eu-west-1.amazonaws.com",
      location: "",
    },
    errorCode: "NoSuchBucket",
    resources: undefined,
  },
  {
    ...s3,
    event: "PutObject",
    data: true,
    parameters: { Bucket, Key: "a/b.txt", Body: { __bytes__: "eA==" } },
    request: { bucketName, Host, key: "a/b.txt" },
    response: { "x-amz-server-side-encryption": "AES256" },
    resources: (): Expected => [
      { type: "AWS::S3::Object", ARN: `arn:aws:s3:::${Bucket}/a/b.txt` },
      { accountId: MEMBER, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${Bucket}` },
    ],
  },
  {
    ...s3,
    event: "CopyObject",
    data: true,
    parameters: { Bucket, Key: "copy.txt", CopySource: { Bucket, Key: "a/b.txt" } },
    request: { bucketName, Host, key: "copy.txt", "x-amz-copy-source": `${Bucket}/a/b.txt` },
    response: { "x-amz-server-side-encryption": "AES256" },
    resources: (): Expected => [
      { type: "AWS::S3::Object", ARN: `arn:aws:s3:::${Bucket}/copy.txt` },
      { accountId: MEMBER, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${Bucket}` },
      { type: "AWS::S3::Object", ARN: `arn:aws:s3:::${Bucket}/a/b.txt` },
    ],
  },
  {
    ...s3,
    event: "ListObjects",
    operation: "ListObjectsV2",
    data: true,
    readOnly: true,
    parameters: { Bucket, Prefix: "a/" },
    request: { bucketName, Host, "list-type": "2", prefix: "a/", "encoding-type": "url" },
    resources: (): Expected => [
      { type: "AWS::S3::Object", ARNPrefix: `arn:aws:s3:::${Bucket}/` },
      { accountId: MEMBER, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${Bucket}` },
    ],
  },
  {
    source: "rds",
    event: "CreateDBInstance",
    parameters: {
      DBInstanceIdentifier: "db-one",
      DBInstanceClass: "db.t3.micro",
      Engine: "postgres",
      MasterUsername: "owner",
      MasterUserPassword: "very-secret-1",
      AllocatedStorage: 20,
    },
    request: {
      dBInstanceIdentifier: "db-one",
      dBInstanceClass: "db.t3.micro",
      engine: "postgres",
      masterUsername: "owner",
      masterUserPassword: "****",
      allocatedStorage: 20,
    },
    response: instance,
    differs: moreOfInstance,
  },
  {
    source: "rds",
    event: "ModifyDBInstance",
    parameters: {
      DBInstanceIdentifier: "db-one",
      MasterUserPassword: "very-secret-2",
      ApplyImmediately: true,
    },
    request: {
      dBInstanceIdentifier: "db-one",
      masterUserPassword: "HIDDEN_DUE_TO_SECURITY_REASONS",
      applyImmediately: true,
      allowMajorVersionUpgrade: false,
    },
    response: instance,
    differs: moreOfInstance,
  },
  {
    source: "rds",
    event: "CreateDBSnapshot",
    parameters: { DBSnapshotIdentifier: "snap-one", DBInstanceIdentifier: "db-one" },
    request: { dBSnapshotIdentifier: "snap-one", dBInstanceIdentifier: "db-one" },
    response: atLeast({
      dBSnapshotIdentifier: "snap-one",
      dBInstanceIdentifier: "db-one",
      dBSnapshotArn: `arn:aws:rds:eu-west-1:${MEMBER}:snapshot:snap-one`,
      snapshotType: "manual",
      instanceCreateTime: olderTime,
      encrypted: false,
      port: 5432,
    }),
    differs: moreOfInstance,
  },
  {
    source: "rds",
    event: "DescribeDBInstances",
    parameters: { DBInstanceIdentifier: "no-such-db" },
    readOnly: true,
    request: { dBInstanceIdentifier: "no-such-db" },
    response: null,
    errorCode: "DBInstanceNotFoundFault",
  },
  {
    source: "rds",
    event: "DescribeDBClusters",
    readOnly: true,
    request: { includeShared: false },
    response: null,
  },
  {
    source: "rds",
    event: "ModifyDBCluster",
    parameters: { DBClusterIdentifier: "no-such-cluster" },
    request: {
      dBClusterIdentifier: "no-such-cluster",
      allowEngineModeChange: false,
      allowMajorVersionUpgrade: false,
      applyImmediately: false,
    },
    response: null,
    errorCode: "DBClusterNotFoundFault",
  },
  {
    source: "rds",
    event: "DeleteDBInstance",
    parameters: { DBInstanceIdentifier: "db-one", SkipFinalSnapshot: true },
    request: { dBInstanceIdentifier: "db-one", skipFinalSnapshot: true },
    response: instance,
    differs: moreOfInstance,
  },
  {
    ...dynamodb,
    event: "CreateTable",
    parameters: {
      TableName: "orders",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    },
    request: {
      tableName: "orders",
      attributeDefinitions: [{ attributeName: "id", attributeType: "S" }],
      keySchema: [{ attributeName: "id", keyType: "HASH" }],
      billingMode: "PAY_PER_REQUEST",
    },
    response: {
      tableDescription: atLeast({
        tableName: "orders",
        tableArn: `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders`,
        tableStatus: text(),
        creationDateTime: time,
        keySchema: [{ attributeName: "id", keyType: "HASH" }],
        itemCount: 0,
        tableSizeBytes: 0,
        provisionedThroughput: atLeast({ readCapacityUnits: number, writeCapacityUnits: number }),
      }),
    },
    differs: { "responseElements.tableDescription": "the emulator's own selection of members" },
  },
  {
    ...dynamodb,
    event: "DescribeTable",
    parameters: { TableName: "orders" },
    readOnly: true,
    request: { tableName: "orders" },
    response: null,
  },
  {
    ...orders,
    event: "PutItem",
    parameters: {
      TableName: "orders",
      Item: { id: { S: "one" }, card: { S: "very-secret" } },
      ReturnConsumedCapacity: "TOTAL",
    },
    request: {
      tableName: "orders",
      key: { id: "one" },
      item: ["id", "card"],
      returnConsumedCapacity: "TOTAL",
    },
  },
  {
    ...orders,
    event: "UpdateItem",
    parameters: {
      TableName: "orders",
      Key: { id: { S: "one" } },
      UpdateExpression: "SET #C = :c",
      ConditionExpression: "attribute_not_exists(#C)",
      ExpressionAttributeNames: { "#C": "card" },
      ExpressionAttributeValues: { ":c": { S: "very-secret" } },
    },
    request: {
      tableName: "orders",
      key: { id: "one" },
      updateExpression: "SET #C = :c",
      expressionAttributeNames: { "#C": "card" },
      conditionExpression: "attribute_not_exists(#C)",
    },
    errorCode: "ConditionalCheckFailedException",
  },
  {
    ...orders,
    event: "TransactWriteItems",
    parameters: {
      TransactItems: [
        { Put: { TableName: "orders", Item: { id: { S: "two" }, card: { S: "very-secret" } } } },
        { Delete: { TableName: "orders", Key: { id: { S: "one" } } } },
      ],
      ReturnConsumedCapacity: "TOTAL",
      ClientRequestToken: "token-of-the-client",
    },
    request: {
      requestItems: [
        { operation: "Put", tableName: "orders", key: { id: "two" }, items: ["id", "card"] },
        { operation: "Delete", tableName: "orders", key: { id: "one" } },
      ],
      returnConsumedCapacity: "TOTAL",
      clientRequestToken: "token-of-the-client",
    },
  },
  {
    ...orders,
    event: "ExecuteStatement",
    parameters: { Statement: "SELECT * FROM orders WHERE id = 'two' AND card = 'very-secret'" },
    request: { statement: "SELECT * FROM orders WHERE id = 'two' AND card = ***(Redacted)" },
  },
  {
    ...orders,
    event: "BatchExecuteStatement",
    parameters: {
      Statements: [{ Statement: "INSERT INTO orders VALUE {'id' : 'three', 'card' : 'very-secret'}" }],
    },
    request: {
      requestItems: [
        { statement: "INSERT INTO orders VALUE {'id' : ***(Redacted), 'card' : ***(Redacted)}" },
      ],
    },
  },
  {
    ...dynamodb,
    event: "DeleteTable",
    parameters: { TableName: "orders" },
    request: { tableName: "orders" },
    response: { tableDescription: atLeast({ tableName: "orders", tableStatus: "DELETING" }) },
    differs: { "responseElements.tableDescription": "the emulator's own selection of members" },
  },
  {
    source: "ecr",
    event: "CreateRepository",
    parameters: { repositoryName: "images" },
    request: { repositoryName: "images" },
    response: {
      repository: atLeast({
        repositoryName: "images",
        repositoryArn: `arn:aws:ecr:eu-west-1:${MEMBER}:repository/images`,
        registryId: MEMBER,
        repositoryUri: text(/\/images$/),
        createdAt: time,
        imageTagMutability: "MUTABLE",
      }),
    },
    resources: () => [{ ARN: `arn:aws:ecr:eu-west-1:${MEMBER}:repository/images`, accountId: MEMBER }],
    differs: { "responseElements.repository": "the emulator answers more members" },
  },
  {
    source: "ecr",
    event: "SetRepositoryPolicy",
    parameters: { repositoryName: "images", policyText: '{"Version":"2008-10-17","Statement":[]}' },
    request: {
      force: false,
      repositoryName: "images",
      policyText: '{"Version":"2008-10-17","Statement":[]}',
    },
    response: { repositoryName: "images", registryId: MEMBER, policyText: text() },
    resources: () => [{ ARN: `arn:aws:ecr:eu-west-1:${MEMBER}:repository/images`, accountId: MEMBER }],
  },
];
