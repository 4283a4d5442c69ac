import assert from "node:assert/strict";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import {
  MEMBER,
  startRecordedOrganization,
  type RecordedOrganization,
} from "../cloudtrail/testing/recorded-organization";

const TABLE = "harbour";
const READER = "arn:aws:iam::aws:policy/ReadOnlyAccess";

describe("A condition of a policy in the local organization's IAM", () => {
  let organization: RecordedOrganization;
  let root: ReturnType<RecordedOrganization["config"]>;
  let key: typeof root;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization({ trail: false });
    root = organization.config(MEMBER);
    const iam = new IAMClient(root);
    const UserName = "pilot";
    await iam.send(new CreateUserCommand({ UserName, Path: "/crew/" }));
    await iam.send(new CreateUserCommand({ UserName: "cook" }));
    const allow = (Action: string[], Resource: string, Condition?: object) => ({
      ...{ Effect: "Allow", Action, Resource },
      ...(Condition && { Condition }),
    });
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        allow(["iam:GetUser"], `arn:aws:iam::${MEMBER}:user/crew/\${aws:username}`),
        allow(["iam:AttachUserPolicy"], "*", { ArnEquals: { "iam:PolicyARN": READER } }),
        allow(["dynamodb:GetItem", "dynamodb:PutItem"], `arn:aws:dynamodb:*:${MEMBER}:table/${TABLE}`, {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["own-*"] },
          Null: { "dynamodb:LeadingKeys": "false" },
        }),
        allow(["dynamodb:Scan"], `arn:aws:dynamodb:*:${MEMBER}:table/${TABLE}`, {
          StringEquals: { "dynamodb:Select": "COUNT" },
        }),
        allow(["sts:GetSessionToken"], "*"),
      ],
    });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "conditions", PolicyDocument }));
    const { AccessKey: made } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const credentials = {
      accessKeyId: made?.AccessKeyId ?? "",
      secretAccessKey: made?.SecretAccessKey ?? "",
    };
    key = { ...root, credentials };
    await new DynamoDBClient(root).send(
      new CreateTableCommand({
        TableName: TABLE,
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
  });
  after(() => organization?.stop());

  const denied = (call: Promise<unknown>) =>
    assert.rejects(call, ({ name }: Error) =>
      /^(AccessDenied|AccessDeniedException|InvalidClientTokenId)$/.test(name),
    );

  it("knows the policy that a call attaches", async () => {
    const iam = new IAMClient(key);
    await iam.send(new AttachUserPolicyCommand({ UserName: "cook", PolicyArn: READER }));
    await denied(
      iam.send(
        new AttachUserPolicyCommand({
          UserName: "cook",
          PolicyArn: READER.replace("ReadOnly", "Administrator"),
        }),
      ),
    );
  });

  it("knows the keys of the items that a call names, of all in a transaction, and how much a scan returns", async () => {
    const client = new DynamoDBClient(key);
    const item = (id: string) => ({ TableName: TABLE, Item: { id: { S: id } } });
    await client.send(new PutItemCommand(item("own-1")));
    await client.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: "own-1" } } }));
    await client.send(
      new TransactWriteItemsCommand({ TransactItems: [{ Put: item("own-2") }, { Put: item("own-3") }] }),
    );
    await client.send(new ScanCommand({ TableName: TABLE, Select: "COUNT" }));

    await denied(client.send(new PutItemCommand(item("other-1"))));
    await denied(
      client.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Put: item("own-4") }, { Put: item("other-1") }] }),
      ),
    );
    await denied(client.send(new ScanCommand({ TableName: TABLE })));
  });

  it("and a resource may name the caller by a variable, with its path", async () => {
    const iam = new IAMClient(key);
    assert.equal((await iam.send(new GetUserCommand({ UserName: "pilot" }))).User?.Path, "/crew/");
    await denied(iam.send(new GetUserCommand({ UserName: "cook" })));
  });

  it("doesn't help a session of a key without MFA, which can't call IAM", async () => {
    const { Credentials: given } = await new STSClient(key).send(new GetSessionTokenCommand({}));
    const credentials = {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    };
    await denied(new IAMClient({ ...key, credentials }).send(new GetUserCommand({ UserName: "pilot" })));
    await new DynamoDBClient({ ...key, credentials }).send(
      new GetItemCommand({ TableName: TABLE, Key: { id: { S: "own-1" } } }),
    );
  });
});
