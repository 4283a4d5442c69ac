/** Lambda. */
import type { RecordCase } from "./cases";
import { atLeast, number, text, uuid } from "./expect";
import { MEMBER } from "./recorded-organization";

const lambda = { source: "lambda" };
const FUNCTION_ROLE = `arn:aws:iam::${MEMBER}:role/worker`;
const FUNCTION = `arn:aws:lambda:eu-west-1:${MEMBER}:function:job`;
/** An archive with an empty index.js. */
const ZIP = {
  __bytes__:
    "UEsDBBQAAAAAAAAAIVkAAAAAAAAAAAAAAAAIAAAAaW5kZXguanNQSwECFAMUAAAAAAAAACFZAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAgAEAAAAAaW5kZXguanNQSwUGAAAAAAEAAQA2AAAAJgAAAAAA",
};
const configuration = atLeast({
  functionName: "job",
  functionArn: FUNCTION,
  runtime: "nodejs20.x",
  role: FUNCTION_ROLE,
  handler: "index.handler",
  codeSize: number,
  codeSha256: text(),
  lastModified: text(/^\d{4}-\d\d-\d\dT/),
  version: "$LATEST",
  environment: {},
  architectures: ["x86_64"],
  packageType: "Zip",
  state: text(),
  revisionId: uuid,
});
const itsConfiguration = { responseElements: "the emulator answers more members, some of them empty" };

export const lambdaCases: RecordCase[] = [
  {
    ...lambda,
    event: "CreateFunction20150331",
    operation: "CreateFunction",
    parameters: {
      FunctionName: "job",
      Runtime: "nodejs20.x",
      Role: FUNCTION_ROLE,
      Handler: "index.handler",
      Code: { ZipFile: ZIP },
      Environment: { Variables: { TOKEN: "secret" } },
    },
    request: {
      functionName: "job",
      runtime: "nodejs20.x",
      role: FUNCTION_ROLE,
      handler: "index.handler",
      code: {},
      environment: {},
      publish: false,
    },
    response: configuration,
    differs: itsConfiguration,
  },
  {
    ...lambda,
    event: "UpdateFunctionConfiguration20150331v2",
    operation: "UpdateFunctionConfiguration",
    parameters: { FunctionName: "job", Timeout: 9, Environment: { Variables: { TOKEN: "secret" } } },
    request: { functionName: "job", timeout: 9, environment: {} },
    response: configuration,
    differs: itsConfiguration,
  },
  {
    ...lambda,
    event: "UpdateFunctionConfiguration20150331v2",
    operation: "UpdateFunctionConfiguration",
    parameters: { FunctionName: "job", Layers: [] },
    request: { functionName: "job", layers: [], environment: {} },
    response: configuration,
  },
  {
    ...lambda,
    event: "UpdateFunctionCode20150331v2",
    operation: "UpdateFunctionCode",
    parameters: { FunctionName: "job", ZipFile: ZIP },
    request: { functionName: "job", dryRun: false, publish: false },
    response: configuration,
    differs: itsConfiguration,
  },
  {
    ...lambda,
    event: "UpdateFunctionCode20150331v2",
    operation: "UpdateFunctionCode",
    parameters: { FunctionName: FUNCTION, ZipFile: ZIP },
    request: {
      functionName: FUNCTION,
      fullyQualifiedArn: {
        arnPrefix: { partition: "aws", region: "eu-west-1", account: MEMBER },
        relativeId: { functionName: "job" },
        functionQualifier: {},
      },
      dryRun: false,
      publish: false,
    },
    response: configuration,
  },
  {
    ...lambda,
    event: "PublishLayerVersion20181031",
    operation: "PublishLayerVersion",
    parameters: { LayerName: "tools", Content: { ZipFile: ZIP }, CompatibleRuntimes: ["nodejs20.x"] },
    request: { layerName: "tools", content: {}, compatibleRuntimes: ["nodejs20.x"] },
    response: {
      content: { codeSha256: text(), codeSize: number, uncompressedCodeSize: 0 },
      layerArn: `arn:aws:lambda:eu-west-1:${MEMBER}:layer:tools`,
      layerVersionArn: `arn:aws:lambda:eu-west-1:${MEMBER}:layer:tools:1`,
      createdDate: text(/^\d{4}-\d\d-\d\dT/),
      version: 1,
      compatibleRuntimes: ["nodejs20.x"],
    },
  },
  {
    ...lambda,
    event: "AddPermission20150331v2",
    operation: "AddPermission",
    parameters: { FunctionName: "job", StatementId: "all", Action: "lambda:InvokeFunction", Principal: "*" },
    request: { functionName: "job", statementId: "all", action: "lambda:InvokeFunction", principal: "*" },
    response: { statement: text(/^\{"Sid":"all",/) },
  },
  {
    ...lambda,
    event: "Invoke",
    parameters: { FunctionName: "job:$LATEST", InvocationType: "DryRun" },
    data: true,
    request: { functionName: "job:$LATEST", invocationType: "DryRun" },
    response: null,
    resources: () => [{ accountId: MEMBER, type: "AWS::Lambda::Function", ARN: FUNCTION }],
    more: { additionalEventData: { functionVersion: `${FUNCTION}:$LATEST` } },
  },
  {
    ...lambda,
    event: "GetFunction20150331v2",
    operation: "GetFunction",
    parameters: { FunctionName: "job" },
    readOnly: true,
    request: { functionName: "job" },
    response: null,
  },
  {
    ...lambda,
    event: "DeleteFunction20150331",
    operation: "DeleteFunction",
    parameters: { FunctionName: "job" },
    request: { functionName: "job" },
    response: null,
  },
];
