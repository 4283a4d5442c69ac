/**
 * The two services that a Pulumi program calls: the resource monitor (for its resources) and the engine (for its log),
 * served on a free port of this machine.
 *
 * A gRPC error for a failed resource makes the program hang, so failures are answered as results.
 */
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineService, type IEngineServer } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engineProto from "@pulumi/pulumi/proto/engine_pb";
import * as providerProto from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService, type IResourceMonitorServer } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import type { Answer, Registration } from "./registration";
import type { Diagnostic } from "./types";
import type { Alias } from "./urn";
import { fromStruct, toStruct, type Properties } from "./values";

/** What serves the program's calls. */
interface Serves {
  register(registration: Registration): Promise<Answer>;
  read(registration: Registration, id: string): Promise<Answer>;
  registerOutputs(urn: string, outputs: Properties): void;
  invoke(token: string, args: Properties, provider: string | undefined): Promise<Properties>;
  log(diagnostic: Diagnostic): void;
}

interface Monitor {
  /** host:port */
  address: string;
  close(): void;
}

/** Large enough for function archives, which are sent as texts. */
const MAXIMUM_MESSAGE_BYTES = 400 * 1024 * 1024;
/** The features that the SDK may use. Without resourceReferences and outputValues, which would only have to be unpacked. */
const FEATURES = ["secrets", "deletedWith", "aliasSpecs"];

export async function startMonitor(serves: Serves): Promise<Monitor> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAXIMUM_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAXIMUM_MESSAGE_BYTES,
  });
  server.addService(ResourceMonitorService, monitorService(serves));
  server.addService(EngineService, engineService(serves));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

/** A handler whose rejection is a gRPC error. */
function answering<Request, Response>(
  handle: (request: Request) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void (async () => handle(call.request))().then(
      (response) => callback(null, response),
      (error: unknown) =>
        callback({
          code: grpc.status.UNKNOWN,
          message: error instanceof Error ? error.message : String(error),
        }),
    );
  };
}

function unsupported<Request, Response>(what: string): grpc.handleUnaryCall<Request, Response> {
  return answering(() => {
    throw new Error(`The local engine does not support ${what}.`);
  });
}

function monitorService(serves: Serves): IResourceMonitorServer {
  return {
    getDeploymentInfo: (_call, callback) =>
      callback({ code: grpc.status.UNIMPLEMENTED, message: "not offered: see the program's environment" }),
    supportsFeature: answering((request) => {
      const response = new proto.SupportsFeatureResponse();
      response.setHassupport(FEATURES.includes(request.getId()));
      return response;
    }),
    registerResource: answering(async (request) => {
      const answer = await serves.register(registrationOf(request));
      const response = new proto.RegisterResourceResponse();
      response.setUrn(answer.urn);
      response.setId(answer.id);
      response.setObject(toStruct(answer.properties));
      response.setResult(
        { success: proto.Result.SUCCESS, fail: proto.Result.FAIL, skip: proto.Result.SKIP }[answer.result],
      );
      return response;
    }),
    readResource: answering(async (request) => {
      const answer = await serves.read(
        {
          ...NOTHING,
          type: request.getType(),
          name: request.getName(),
          parent: request.getParent() || undefined,
          inputs: fromStruct(request.getProperties()),
          provider: request.getProvider() || undefined,
          dependencies: request.getDependenciesList(),
          additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        },
        request.getId(),
      );
      const response = new proto.ReadResourceResponse();
      response.setUrn(answer.urn);
      response.setProperties(toStruct(answer.properties));
      return response;
    }),
    registerResourceOutputs: answering((request) => {
      serves.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
      return new Empty();
    }),
    invoke: answering(async (request) => {
      const result = await serves.invoke(
        request.getTok(),
        fromStruct(request.getArgs()),
        request.getProvider() || undefined,
      );
      const response = new providerProto.InvokeResponse();
      response.setReturn(toStruct(result));
      return response;
    }),
    // Deletions follow the end of the program. There are no hooks to wait for.
    signalAndWaitForShutdown: answering(() => new Empty()),
    call: unsupported("methods of remote components"),
    registerStackTransform: unsupported("transforms"),
    registerStackInvokeTransform: unsupported("transforms of invokes"),
    registerResourceHook: unsupported("resource hooks"),
    registerErrorHook: unsupported("error hooks"),
    registerPackage: unsupported("parameterized packages"),
  };
}

const SEVERITIES = ["debug", "info", "warning", "error"] as const;

function engineService(serves: Serves): IEngineServer {
  let root = "";
  return {
    log: answering((request) => {
      const urn = request.getUrn();
      serves.log({
        severity: SEVERITIES[request.getSeverity()] ?? "info",
        message: request.getMessage().trimEnd(),
        ...(urn ? { urn } : {}),
      });
      return new Empty();
    }),
    getRootResource: answering(() => {
      const response = new engineProto.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: answering((request) => {
      root = request.getUrn();
      return new engineProto.SetRootResourceResponse();
    }),
    startDebugging: answering(() => new Empty()),
    requirePulumiVersion: answering(() => new engineProto.RequirePulumiVersionResponse()),
  };
}

const NOTHING: Registration = {
  type: "",
  name: "",
  parent: undefined,
  custom: true,
  remote: false,
  inputs: {},
  provider: undefined,
  dependencies: [],
  propertyDependencies: {},
  protect: false,
  retainOnDelete: false,
  deleteBeforeReplace: undefined,
  deletedWith: undefined,
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  unsupported: [],
};

function registrationOf(request: proto.RegisterResourceRequest): Registration {
  const propertyDependencies: Record<string, string[]> = {};
  for (const [property, urns] of request.getPropertydependenciesMap().entries())
    if (urns.getUrnsList().length > 0) propertyDependencies[property] = urns.getUrnsList().sort();
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() || undefined,
    custom: request.getCustom(),
    remote: request.getRemote(),
    inputs: fromStruct(request.getObject()),
    provider: request.getProvider() || undefined,
    dependencies: request.getDependenciesList().sort(),
    propertyDependencies,
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    deletedWith: request.getDeletedwith() || undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [
      ...request.getAliasurnsList().map((urn) => ({ urn })),
      ...request.getAliasesList().map((alias): Alias => {
        const spec = alias.getSpec();
        if (!spec) return { urn: alias.getUrn() };
        return {
          name: spec.getName(),
          type: spec.getType(),
          stack: spec.getStack(),
          project: spec.getProject(),
          parent: spec.getParenturn(),
          noParent: spec.getNoparent(),
        };
      }),
    ],
    unsupported: [
      ...(request.getImportid() ? ["import"] : []),
      ...(request.hasReplacementTrigger() ? ["replacementTrigger"] : []),
      ...(request.getReplaceWithList().length > 0 ? ["replaceWith"] : []),
      ...(request.getTransformsList().length > 0 ? ["transforms"] : []),
      ...(request.hasHooks() ? ["hooks"] : []),
    ],
  };
}
