/** EventBridge's HTTP endpoints: connections and API destinations. https://docs.aws.amazon.com/eventbridge/latest/APIReference/ */
import * as eb from "@aws-sdk/client-eventbridge";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { EngineError } from "../errors";
import {
  defined,
  flag,
  number,
  object,
  objects,
  only,
  required,
  seen,
  text,
  type Call,
  type ResourceType,
} from "../resource-type";
import type { Properties } from "../values";

const clientOf = (call: Call) => call.client(eb.EventBridgeClient);

export const connection: ResourceType = {
  inputs: [
    "authorizationType",
    "authParameters",
    "description",
    "invocationConnectivityParameters",
    "kmsKeyIdentifier",
    "name",
  ],
  replaceOn: ["name", "region"],
  name: { input: "name", maximum: 64 },
  async create(inputs, call) {
    const Name = required(inputs, "name");
    const { ConnectionArn } = await clientOf(call).send(
      new eb.CreateConnectionCommand({ ...connectionSettings(inputs), Name }),
    );
    return { id: Name, outputs: defined({ arn: ConnectionArn, ...(await secretArn(Name, call)) }) };
  },
  async update({ id }, inputs, _changed, call) {
    await clientOf(call).send(new eb.UpdateConnectionCommand({ ...connectionSettings(inputs), Name: id }));
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new eb.DeleteConnectionCommand({ Name: id }));
  },
  async read({ id }, call) {
    const found = await clientOf(call).send(new eb.DescribeConnectionCommand({ Name: id }));
    return {
      // Authorization is write-only: AWS doesn't return it.
      inputs: seen({
        name: found.Name,
        authorizationType: found.AuthorizationType,
        description: found.Description || undefined,
        kmsKeyIdentifier: found.KmsKeyIdentifier,
      }),
      outputs: defined({ arn: found.ConnectionArn, secretArn: found.SecretArn }),
    };
  },
};

async function secretArn(Name: string, call: Call): Promise<{ secretArn?: string }> {
  const { SecretArn } = await clientOf(call).send(new eb.DescribeConnectionCommand({ Name }));
  return SecretArn === undefined ? {} : { secretArn: SecretArn };
}

function connectionSettings(inputs: Properties) {
  if (object(inputs["invocationConnectivityParameters"]))
    throw new EngineError(
      "The local engine does not support private connections: leave out invocationConnectivityParameters.",
    );
  const kinds = ["apiKey", "basic", "invocationHttpParameters", "oauth"];
  const given = only(object(inputs["authParameters"]) ?? {}, "authParameters", kinds);
  const [key, basic, oauth, http] = ["apiKey", "basic", "oauth", "invocationHttpParameters"].map((name) =>
    object(given[name]),
  );
  return {
    AuthorizationType: required(inputs, "authorizationType") as eb.ConnectionAuthorizationType,
    Description: text(inputs["description"]),
    KmsKeyIdentifier: text(inputs["kmsKeyIdentifier"]),
    AuthParameters: {
      ...(key && { ApiKeyAuthParameters: { ApiKeyName: text(key["key"]), ApiKeyValue: text(key["value"]) } }),
      ...(basic && {
        BasicAuthParameters: { Username: text(basic["username"]), Password: text(basic["password"]) },
      }),
      ...(oauth && { OAuthParameters: oauthSettings(oauth) }),
      ...(http && { InvocationHttpParameters: httpSettings(http) }),
    },
  };
}

function oauthSettings(oauth: JsonObject) {
  const client = object(oauth["clientParameters"]) ?? {};
  const http = object(oauth["oauthHttpParameters"]);
  return {
    AuthorizationEndpoint: required(oauth, "authorizationEndpoint"),
    HttpMethod: required(oauth, "httpMethod") as eb.ConnectionOAuthHttpMethod,
    ClientParameters: {
      ClientID: required(client, "clientId"),
      ClientSecret: required(client, "clientSecret"),
    },
    ...(http && { OAuthHttpParameters: httpSettings(http) }),
  };
}

function httpSettings(given: JsonObject): eb.ConnectionHttpParameters {
  const http = only(given, "invocationHttpParameters", ["bodies", "headers", "queryStrings"]);
  const list = (name: string) =>
    objects(http[name]).map((entry) => ({
      Key: text(entry["key"]),
      Value: text(entry["value"]),
      IsValueSecret: flag(entry["isValueSecret"]) ?? false,
    }));
  return {
    BodyParameters: list("bodies"),
    HeaderParameters: list("headers"),
    QueryStringParameters: list("queryStrings"),
  };
}

export const apiDestination: ResourceType = {
  inputs: [
    "connectionArn",
    "description",
    "httpMethod",
    "invocationEndpoint",
    "invocationRateLimitPerSecond",
    "name",
  ],
  replaceOn: ["name", "region"],
  name: { input: "name", maximum: 64 },
  async create(inputs, call) {
    const Name = required(inputs, "name");
    const { ApiDestinationArn } = await clientOf(call).send(
      new eb.CreateApiDestinationCommand({ ...destinationSettings(inputs), Name }),
    );
    return { id: Name, outputs: defined({ arn: ApiDestinationArn }) };
  },
  async update({ id }, inputs, _changed, call) {
    await clientOf(call).send(
      new eb.UpdateApiDestinationCommand({ ...destinationSettings(inputs), Name: id }),
    );
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new eb.DeleteApiDestinationCommand({ Name: id }));
  },
  async read({ id }, call) {
    const found = await clientOf(call).send(new eb.DescribeApiDestinationCommand({ Name: id }));
    return {
      inputs: seen({
        name: found.Name,
        connectionArn: found.ConnectionArn,
        description: found.Description || undefined,
        httpMethod: found.HttpMethod,
        invocationEndpoint: found.InvocationEndpoint,
        invocationRateLimitPerSecond: found.InvocationRateLimitPerSecond,
      }),
      outputs: defined({ arn: found.ApiDestinationArn }),
    };
  },
};

function destinationSettings(inputs: Properties) {
  return {
    ConnectionArn: required(inputs, "connectionArn"),
    Description: text(inputs["description"]),
    HttpMethod: required(inputs, "httpMethod") as eb.ApiDestinationHttpMethod,
    InvocationEndpoint: required(inputs, "invocationEndpoint"),
    InvocationRateLimitPerSecond: number(inputs["invocationRateLimitPerSecond"]),
  };
}
