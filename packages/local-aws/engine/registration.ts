/** The program's registration of a resource, and the answer. */
import type { ResourceState } from "./state";
import type { Alias } from "./urn";
import type { Properties } from "./values";

export interface Registration {
  type: string;
  name: string;
  parent: string | undefined;
  custom: boolean;
  remote: boolean;
  inputs: Properties;
  /** `urn::id`. Undefined: the default provider. */
  provider: string | undefined;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  protect: boolean;
  retainOnDelete: boolean;
  deleteBeforeReplace: boolean | undefined;
  deletedWith: string | undefined;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  aliases: Alias[];
  /** Options in use that this engine doesn't support. */
  unsupported: string[];
}

export interface Answer {
  urn: string;
  id: string;
  properties: Properties;
  /** `skip`: nothing was done, because something failed before. */
  result: "success" | "fail" | "skip";
}

/** The state's record of a registration, before anything was created. */
export function recordOf(registration: Registration, urn: string, inputs: Properties): ResourceState {
  const { type, name, custom, parent, provider, dependencies, propertyDependencies, deletedWith } =
    registration;
  return {
    urn,
    type,
    name,
    custom,
    id: "",
    ...(parent === undefined ? {} : { parent }),
    ...(provider === undefined ? {} : { provider }),
    inputs,
    outputs: {},
    dependencies,
    propertyDependencies,
    ...(registration.protect ? { protect: true } : {}),
    ...(registration.retainOnDelete ? { retainOnDelete: true } : {}),
    ...(deletedWith === undefined ? {} : { deletedWith }),
  };
}
