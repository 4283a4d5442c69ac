/** Pulumi's names of resources (https://www.pulumi.com/docs/iac/concepts/resources/names/#urns). */

export const STACK_TYPE = "pulumi:pulumi:Stack";

interface UrnParts {
  stack: string;
  project: string;
  /** Types of the ancestors and of the resource, joined by `$`. */
  qualifiedType: string;
  /** Type of the resource. */
  type: string;
  name: string;
}

/** @throws Error when the text isn't a URN. */
export function parseUrn(urn: string): UrnParts {
  const [prefix, project, qualifiedType, ...name] = urn.split("::");
  if (!prefix?.startsWith("urn:pulumi:") || project === undefined || !qualifiedType || name.length === 0)
    throw new Error(`Not a Pulumi URN: ${urn}`);
  const types = qualifiedType.split("$");
  const type = types[types.length - 1] ?? qualifiedType;
  return { stack: prefix.slice("urn:pulumi:".length), project, qualifiedType, type, name: name.join("::") };
}

/** The stack itself adds nothing to its children's types. */
export function makeUrn(
  of: { stack: string; project: string; type: string; name: string },
  parent: string | undefined,
): string {
  let type = of.type;
  if (parent) {
    const above = parseUrn(parent);
    if (above.type !== STACK_TYPE) type = `${above.qualifiedType}$${type}`;
  }
  return `urn:pulumi:${of.stack}::${of.project}::${type}::${of.name}`;
}

/** A former name of a resource: a whole URN, or the parts that differed. */
export interface Alias {
  urn?: string;
  name?: string;
  type?: string;
  stack?: string;
  project?: string;
  parent?: string;
  noParent?: boolean;
}

/**
 * Every URN that a resource may have had: by its own aliases, by those of its parent, and by both together.
 * https://www.pulumi.com/docs/iac/concepts/options/aliases/
 */
export function formerUrns(
  current: { stack: string; project: string; type: string; name: string; parent: string | undefined },
  aliases: readonly Alias[],
  formerParents: readonly string[],
): string[] {
  const urns: string[] = [];
  for (const alias of [{}, ...aliases] as Alias[]) {
    if (alias.urn) {
      urns.push(alias.urn);
      continue;
    }
    const was = {
      stack: alias.stack || current.stack,
      project: alias.project || current.project,
      type: alias.type || current.type,
      name: alias.name || current.name,
    };
    if (alias.noParent) {
      urns.push(makeUrn(was, undefined));
      continue;
    }
    const parent = alias.parent || current.parent;
    urns.push(makeUrn(was, parent));
    if (parent !== current.parent || parent === undefined) continue;
    for (const former of formerParents) {
      urns.push(makeUrn(was, former));
      const [parentName, formerName] = [parseUrn(parent).name, parseUrn(former).name];
      // Children are named after their parent, so a renamed parent renames them too.
      if (!alias.name && formerName !== parentName && was.name.startsWith(parentName))
        urns.push(makeUrn({ ...was, name: formerName + was.name.slice(parentName.length) }, former));
    }
  }
  const self = makeUrn(current, current.parent);
  return [...new Set(urns)].filter((urn) => urn !== self);
}
