/**
 * A provider of AWS resources that calls nothing: every resource gets its inputs back as outputs, with an id and an ARN made of its
 * name. It shows what the real engine makes of the program: what it registers, in which order, and what a second `up` would change.
 */
import * as pulumi from "@pulumi/pulumi";
import { isDeepStrictEqual } from "node:util";
import { dependencies } from "../../package.json";

type Properties = Record<string, unknown>;

const nameOf = (urn: string) => urn.slice(urn.lastIndexOf("::") + 2);
const typeOf = (urn: string) => urn.split("::")[2]?.split("$").at(-1) ?? "";
const outputsOf = (urn: string, inputs: Properties): Properties => ({
  arn: `arn:aws:echo:::${typeOf(urn)}/${nameOf(urn)}`,
  url: `https://echo.invalid/${nameOf(urn)}`,
  keyId: nameOf(urn),
  ...inputs,
});

// Previews never ask this provider, so all that it would compute is unknown there, as on AWS.
const provider: pulumi.provider.Provider = {
  version: dependencies["@pulumi/aws"],
  check: (_urn, _olds, inputs: Properties) => Promise.resolve({ inputs }),
  diff: (_id, _urn, olds: Properties, inputs: Properties) =>
    Promise.resolve({
      changes: Object.keys(inputs).some((key) => !isDeepStrictEqual(inputs[key], olds[key])),
    }),
  create: (urn, inputs: Properties) => Promise.resolve({ id: nameOf(urn), outs: outputsOf(urn, inputs) }),
  update: (_id, urn, _olds, inputs: Properties) => Promise.resolve({ outs: outputsOf(urn, inputs) }),
  read: (id, urn, props?: Properties) => Promise.resolve({ id, props: props ?? outputsOf(urn, {}) }),
  delete: () => Promise.resolve(),
  invoke: (token) =>
    Promise.reject(new Error(`The echo provider answers no calls, and ${token} was called.`)),
};

void pulumi.provider.main(provider, process.argv.slice(2));
