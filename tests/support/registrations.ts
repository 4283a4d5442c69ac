/** Runs Pulumi code without an engine and records what it registers, as the engine would receive it. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { deserializeProperties } from "@pulumi/pulumi/runtime/rpc";

export interface Registration {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  urn: string;
  /** URN of the parent. */
  parent: string;
  /** Former URNs, under which the engine also looks for the resource in the stack's state: by its aliases and its parent's. */
  formerUrns: string[];
  /** URNs. */
  dependencies: string[];
  protect: boolean;
  retainOnDelete: boolean;
  /** Reference of the provider, `<urn>::<id>`. */
  provider: string;
  /** References of the providers that a component hands to its children, by package. */
  providers: Record<string, string>;
}

/** What the SDK sends; its generated classes have no types. */
interface RegisterResourceRequest {
  getType(): string;
  getName(): string;
  getObject(): Parameters<typeof deserializeProperties>[0];
  getParent(): string;
  getDependenciesList(): string[];
  getProtect(): boolean;
  getRetainondelete(): boolean | undefined;
  getProvider(): string;
  getAliasurnsList(): string[];
  getProvidersMap(): { forEach(take: (value: string, key: string) => void): void };
}

export interface Registrations extends Array<Registration> {
  /** The only registration of this type whose name has this end. @throws when there is none or several. */
  one(type: string, nameEnd?: string): Registration;
  of(type: string): Registration[];
}

/**
 * @param program creates resources.
 * @param options `preview`: outputs are unknown, as before a first deployment.
 */
export async function registrations(
  program: () => unknown,
  options: {
    preview?: boolean;
    config?: Record<string, string>;
    /** Outputs that the engine would add to the inputs, by type: without it, remote components have none. */
    outputs?: Record<string, object>;
  } = {},
): Promise<Registrations> {
  const preview = options.preview ?? false;
  const found: Registration[] = [];
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) => ({
      id: preview ? undefined : `${name}-id`,
      state: preview
        ? (inputs as object)
        : {
            arn: `arn:mock:${type}:${name}`,
            url: `https://mock/${name}`,
            ...(inputs as object),
            ...options.outputs?.[type],
          },
    }),
    call: ({ token }) => {
      throw new Error(`The program invokes ${token} of the provider, whose answer is unknown without AWS.`);
    },
  };
  class Recorder extends MockMonitor {
    override async registerResource(
      request: RegisterResourceRequest,
      callback: (...answer: unknown[]) => void,
    ) {
      const providers: Record<string, string> = {};
      request.getProvidersMap().forEach((value, key) => (providers[key] = value));
      found.push({
        type: request.getType(),
        name: request.getName(),
        inputs: deserializeProperties(request.getObject()),
        urn: urnOf(request.getType(), request.getName(), request.getParent()),
        parent: request.getParent(),
        formerUrns: request.getAliasurnsList(),
        dependencies: request.getDependenciesList(),
        protect: request.getProtect(),
        retainOnDelete: request.getRetainondelete() ?? false,
        provider: request.getProvider(),
        providers,
      });
      return super.registerResource(request, callback);
    }
  }
  await pulumi.runtime.setMocks(mocks, "bailiwick", "test", preview);
  pulumi.runtime.setMockOptions(new Recorder(mocks), "bailiwick", "test", preview);
  if (options.config !== undefined) pulumi.runtime.setAllConfig(options.config);
  await program();
  await pulumi.runtime.disconnect();
  return Object.assign(found, {
    of: (type: string) => found.filter((each) => each.type === type),
    one: (type: string, nameEnd = "") => {
      const matching = found.filter((each) => each.type === type && each.name.endsWith(nameEnd));
      if (matching.length !== 1 || matching[0] === undefined)
        throw new Error(
          `${matching.length} registrations of ${type} end in "${nameEnd}"; there should be one.`,
        );
      return matching[0];
    },
  });
}

/** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
function urnOf(type: string, name: string, parent: string): string {
  const parentType = parent.split("::")[2];
  const isStack = parentType === undefined || parentType === "pulumi:pulumi:Stack";
  return `urn:pulumi:test::bailiwick::${isStack ? type : `${parentType}$${type}`}::${name}`;
}
