/** The program with one mistake in it: what the stack's configuration `mistake:is` says is changed in the resources it names. */
import * as pulumi from "@pulumi/pulumi";

/** Properties of all resources of a type whose name ends so. */
export interface Mistake {
  type: string;
  nameEnd: string;
  /** Values that replace those of the program; null takes one away. */
  set?: Record<string, unknown>;
  /** Texts inside a property that is text. */
  replace?: { property: string; from: string; to: string };
}

const mistake = new pulumi.Config("mistake").requireObject<Mistake>("is");

pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
  if (type !== mistake.type || !name.endsWith(mistake.nameEnd)) return undefined;
  const changed: Record<string, unknown> = { ...(props as Record<string, unknown>), ...mistake.set };
  for (const [key, value] of Object.entries(changed)) if (value === null) delete changed[key];
  if (mistake.replace) {
    const { property, from, to } = mistake.replace;
    const before = changed[property];
    if (typeof before !== "string" || !before.includes(from))
      throw new Error(`The mistake changes nothing: ${name} has no ${from} in ${property}.`);
    changed[property] = before.replaceAll(from, to);
  }
  return { props: changed, opts };
});

// eslint-disable-next-line @typescript-eslint/no-require-imports -- only now, when its resources can be changed
require("../../..");
