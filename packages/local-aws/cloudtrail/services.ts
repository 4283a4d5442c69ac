/** Where single services differ: hidden secrets, members left out, other names, times. */
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { shapeOf } from "../gateway/models";
import { dataResource } from "./categories";
import { codeRequest, functionAnswer, layerAnswer, permissionAnswer } from "./lambda";
import { keyArn } from "./resources";
import { format, HIDDEN, keep, lowerFirst, nullIfEmpty, timeInWords, type Style } from "./format";

/** Members by path, or by its last part. `undefined` leaves a member out. */
type Members = Record<string, Json | undefined>;

interface Habits {
  request?: Members;
  response?: Members;
  /** Values of maps in requests, by the map's path and the key: `Attributes.PlatformCredential`. */
  entries?: Record<string, Json>;
  rename?: Record<string, string>;
  time?: (iso: string) => Json;
  /** The defaults that AWS writes for missing parameters, by operation. */
  defaults?: Record<string, JsonObject>;
  /** Missing parameters of this shape are written as false. Other booleans can be missing. */
  falseUnlessGiven?: string;
  /** The emulator answers "" where AWS answers nothing. */
  withoutEmpty?: boolean;
  /** Further changes of parameters and answer, by operation. */
  arrangeRequest?: Record<string, (formatted: JsonObject) => JsonObject>;
  arrangeResponse?: Record<string, (formatted: JsonObject) => JsonObject>;
  /** The only structure in the answer is written without its name. */
  unwrap?: boolean;
}

const STARS = "****";
/** The times of some services in 2024: `Sep 17, 2024 1:57:28 PM`. */
const withoutComma = (iso: string): Json => timeInWords(iso, " ");
const database: Habits = {
  request: {
    MasterUserPassword: STARS,
    TdeCredentialPassword: STARS,
    // Records of 2025 have it so.
    "ModifyDBInstance.MasterUserPassword": HIDDEN,
  },
  response: {
    MasterUserPassword: STARS,
    "ModifyDBInstance.DBInstance.PendingModifiedValues.MasterUserPassword": HIDDEN,
  },
  unwrap: true,
  time: withoutComma,
  falseUnlessGiven: "Boolean",
};

const HABITS: Record<string, Habits> = {
  // Only the names of a stack's parameters.
  cloudformation: { request: { ParameterValue: undefined, ResolvedValue: undefined } },
  cloudfront: { time: withoutComma },
  cloudtrail: { withoutEmpty: true },
  "cognito-idp": { request: { Password: HIDDEN } },
  docdb: database,
  "ec2-instance-connect": {
    // The first isn't a parameter of the API.
    defaults: { SendSerialConsoleSSHPublicKey: { monitorMode: false, serialPort: 0 } },
  },
  ecr: { falseUnlessGiven: "ForceFlag" },
  elasticache: { request: { AuthToken: HIDDEN, Passwords: HIDDEN } },
  events: { request: { "PutEvents.Entries.Detail": HIDDEN }, falseUnlessGiven: "Boolean" },
  iam: {
    request: {
      Password: undefined,
      NewPassword: undefined,
      OldPassword: undefined,
      PrivateKey: undefined,
      AuthenticationCode1: undefined,
      AuthenticationCode2: undefined,
    },
    // The API says PermissionsBoundaryPolicy.
    response: { SecretAccessKey: undefined, ServicePassword: undefined, PermissionsBoundaryType: "Policy" },
    // Since 2025 IAM writes a comma, and a narrow space before AM and PM.
    time: withoutComma,
  },
  kms: {
    request: { Plaintext: undefined, Message: undefined, GrantTokens: undefined },
    response: { GrantToken: undefined },
    defaults: {
      CreateKey: {
        bypassPolicyLockoutSafetyCheck: false,
        customerMasterKeySpec: "SYMMETRIC_DEFAULT",
        description: "",
        keySpec: "SYMMETRIC_DEFAULT",
        keyUsage: "ENCRYPT_DECRYPT",
        multiRegion: false,
        origin: "AWS_KMS",
        policy: "",
      },
      Decrypt: { encryptionAlgorithm: "SYMMETRIC_DEFAULT" },
      Encrypt: { encryptionAlgorithm: "SYMMETRIC_DEFAULT" },
      PutKeyPolicy: { bypassPolicyLockoutSafetyCheck: false },
    },
  },
  lambda: {
    defaults: {
      CreateFunction: { environment: {}, publish: false },
      UpdateFunctionCode: { dryRun: false, publish: false },
      UpdateFunctionConfiguration: { environment: {} },
    },
    request: { "Environment.Variables": undefined, Payload: undefined },
    response: { "Environment.Variables": undefined, Payload: undefined },
    arrangeRequest: { UpdateFunctionCode: codeRequest },
    arrangeResponse: {
      AddPermission: permissionAnswer,
      CreateFunction: functionAnswer,
      PublishLayerVersion: layerAnswer,
      PublishVersion: functionAnswer,
      UpdateFunctionCode: functionAnswer,
      UpdateFunctionConfiguration: functionAnswer,
    },
  },
  neptune: database,
  organizations: {
    // Other policies are shown.
    request: { Email: STARS, AccountName: STARS, "PutResourcePolicy.Content": HIDDEN },
    response: {
      AccountName: STARS,
      Email: STARS,
      "Account.Name": STARS,
      "PutResourcePolicy.ResourcePolicy.Content": HIDDEN,
    },
  },
  rds: database,
  route53: { time: withoutComma },
  redshift: { request: { MasterUserPassword: STARS } },
  secretsmanager: {
    request: { SecretString: undefined, SecretBinary: undefined },
    // Only the ARN of what these create.
    response: Object.fromEntries(
      ["CreateSecret", "PutSecretValue", "UpdateSecret"].flatMap((operation) =>
        ["Name", "VersionId", "VersionStages", "ReplicationStatus"].map((name) => [
          `${operation}.${name}`,
          undefined,
        ]),
      ),
    ),
    // Until early 2024 some calls wrote aRN.
    rename: { ARN: "arn" },
  },
  support: { request: { communicationBody: undefined, subject: undefined, ccEmailAddresses: undefined } },
  sns: {
    request: {
      Message: HIDDEN,
      Subject: HIDDEN,
      MessageAttributes: HIDDEN,
      "ConfirmSubscription.Token": HIDDEN,
    },
    entries: { "Attributes.PlatformCredential": HIDDEN },
    defaults: { Subscribe: { returnSubscriptionArn: false } },
  },
  sqs: { request: { MessageBody: HIDDEN, MessageAttributes: undefined } },
  ssm: {
    request: {
      "PutParameter.Value": HIDDEN,
      "SendCommand.Parameters": HIDDEN,
      "CreateDocument.Content": HIDDEN,
      "UpdateDocument.Content": HIDDEN,
    },
    defaults: { SendCommand: { interactive: false } },
    response: { TokenValue: "Value hidden due to security reasons." },
  },
  sts: {
    request: { SAMLAssertion: undefined, WebIdentityToken: undefined, TokenCode: undefined },
    response: { SecretAccessKey: undefined },
  },
};

/** Services that write the API's names without a change. */
const AS_IS = new Set(["ce", "resource-explorer-2", "securityhub"]);
/** REST services that write the names of the API, not those on the wire. */
const BY_API_NAMES = new Set(["apigateway"]);
/** Services whose secrets are stars. */
const STARRED = new Set(["appsync", "resource-explorer-2", "servicecatalog-appregistry"]);

function styleOf(call: ApiCall, side: "request" | "response"): Style {
  const habits = HABITS[call.service] ?? {};
  const members = habits[side] ?? {};
  return {
    time: habits.time ?? ((iso) => timeInWords(iso)),
    rename: habits.rename,
    asIs: AS_IS.has(call.service),
    byApiNames: BY_API_NAMES.has(call.service),
    hidden: STARRED.has(call.service) ? "***" : HIDDEN,
    member(path, _value) {
      const last = path.slice(path.lastIndexOf(".") + 1);
      for (const name of [`${call.operation}.${path}`, path, last]) if (name in members) return members[name];
      return keep;
    },
    entry: (path, key) => (side === "request" ? habits.entries?.[`${path}.${key}`] : undefined) ?? keep,
  };
}

/** Calls whose parameters are secret as a whole. */
const WITHOUT_PARAMETERS = new Set(["iam:ChangePassword", "kms:GenerateRandom", "kms:RetireGrant"]);

export function serviceRequest(call: ApiCall): JsonObject | null {
  const { model, parameters } = call;
  if (!model?.input || parameters === undefined || WITHOUT_PARAMETERS.has(`${call.service}:${model.name}`))
    return null;
  const formatted = format(model.service, model.input, parameters, styleOf(call, "request")) as JsonObject;
  const { defaults, falseUnlessGiven, arrangeRequest } = HABITS[call.service] ?? {};
  const members = Object.entries(shapeOf(model.service, model.input).members ?? {});
  const flags = members.filter(
    ([, { shape }]) => falseUnlessGiven !== undefined && shape === falseUnlessGiven,
  );
  const whole = {
    ...Object.fromEntries(flags.map(([name]) => [lowerFirst(name), false])),
    ...defaults?.[model.name],
    ...formatted,
  };
  return nullIfEmpty(arrangeRequest?.[model.name]?.(whole) ?? whole);
}

const isInvocation = (call: ApiCall): boolean =>
  call.service === "lambda" && call.operation?.startsWith("Invoke") === true;

/** What some services record in addition to parameters and answer. */
export function serviceAdditionalData(call: ApiCall): JsonObject | undefined {
  const { parameters = {}, output = {}, errorCode } = call;
  if (isInvocation(call)) {
    const { ExecutedVersion } = output;
    const arn = dataResource(call, call.region)?.arn;
    return typeof ExecutedVersion === "string" && arn !== undefined
      ? { functionVersion: `${arn}:${ExecutedVersion}` }
      : undefined;
  }
  if (call.service === "kms" && call.operation === "RetireGrant" && errorCode === undefined) {
    const { GrantId } = parameters;
    // A grant may be retired by its token, which doesn't give the grant.
    return typeof GrantId === "string" ? { grantId: GrantId } : undefined;
  }
  if (call.service === "route53" && call.operation === "ChangeResourceRecordSets" && errorCode === undefined)
    return { Note: "Do not use to reconstruct hosted zone" };
  return undefined;
}

/** Reading calls whose answer is recorded nevertheless. */
const READING_WITH_ANSWER = new Set([
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
]);

export function serviceResponse(call: ApiCall): JsonObject | null {
  const { model, output } = call;
  if (call.service === "kms") return kmsResponse(call);
  // The version that ran is recorded beside the answer.
  if (isInvocation(call)) return null;
  if (!model?.output || output === undefined || call.errorCode !== undefined) return null;
  if (call.readOnly && !READING_WITH_ANSWER.has(`${call.service}:${model.name}`)) return null;
  const habits = HABITS[call.service] ?? {};
  const formatted = format(model.service, model.output, output, styleOf(call, "response")) as JsonObject;
  if (habits.withoutEmpty === true)
    for (const [name, value] of Object.entries(formatted)) if (value === "") delete formatted[name];
  const arranged = habits.arrangeResponse?.[model.name]?.(formatted) ?? formatted;
  return nullIfEmpty(habits.unwrap === true ? unwrap(call, arranged) : arranged);
}

/** Since December 2022 the record of every call that changes a key has its ARN, even if the API answers nothing. */
function kmsResponse(call: ApiCall): JsonObject | null {
  const { model, output = {} } = call;
  if (!model || call.errorCode !== undefined || call.readOnly) return null;
  const formatted = model.output
    ? (format(model.service, model.output, output, styleOf(call, "response")) as JsonObject)
    : {};
  const arn = keyArn(call, call.region);
  if (formatted["keyMetadata"] !== undefined || arn === undefined) return nullIfEmpty(formatted);
  return { ...formatted, keyId: arn };
}

function unwrap(call: ApiCall, formatted: JsonObject): JsonObject {
  const { model } = call;
  const members = Object.values((model?.output && shapeOf(model.service, model.output).members) ?? {});
  const [only] = Object.values(formatted);
  const alone = members.length === 1 && isJsonObject(only);
  return alone ? only : formatted;
}
