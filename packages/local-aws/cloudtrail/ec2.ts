/**
 * EC2's records. Older calls are written with sets of `items`, under names from before the API had members. Newer calls are
 * the XML of the call as JSON, under `<Name>Request` and `<Name>Response`.
 */
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import {
  shapeOf,
  type OperationModel,
  type ServiceModel,
  type Shape,
  type ShapeReference,
} from "../gateway/models";
import { parseXml } from "../gateway/xml";
import { REQUEST_ELEMENTS, REQUEST_SETS, requestDefaults } from "./ec2-names";
import { lowerFirst } from "./format";
import { typed, xmlToJson } from "./xml-json";

export const REMOVED = "<sensitiveDataRemoved>";

/**
 * Calls of the newer kind without a DryRun to recognize them by. Published records and rules show some of those about instance
 * profiles, hosts and VPCs' ranges; the others appeared with them.
 */
const XML_STYLE_WITHOUT_DRY_RUN = new Set([
  "AssociateIamInstanceProfile",
  "AssociateSubnetCidrBlock",
  "AssociateVpcCidrBlock",
  "DescribeHosts",
  "DescribeIamInstanceProfileAssociations",
  "DisassociateIamInstanceProfile",
  "DisassociateSubnetCidrBlock",
  "DisassociateVpcCidrBlock",
  "ReplaceIamInstanceProfileAssociation",
]);

/**
 * In the model, the DryRun of the newer calls has no name of its own, which agrees with every published record of a call
 * with a DryRun. About forty calls have none, and nothing in the model shows their kind. They count as older unless they are listed.
 */
export function isXmlStyle(operation: OperationModel): boolean {
  if (XML_STYLE_WITHOUT_DRY_RUN.has(operation.name)) return true;
  const input = operation.input && shapeOf(operation.service, operation.input);
  const dryRun = input?.members?.["DryRun"];
  return dryRun !== undefined && dryRun.locationName === undefined;
}

export function ec2Request(call: ApiCall): JsonObject | null {
  const { model: operation, parameters = {} } = call;
  if (!operation?.input) return null;
  if (isXmlStyle(operation)) {
    const request = newStyle(operation.service, operation.input, parameters);
    // An empty element is an empty text.
    const empty = isJsonObject(request) && Object.keys(request).length === 0;
    return { [REQUEST_ELEMENTS[operation.name] ?? `${operation.name}Request`]: empty ? "" : request };
  }
  const shape = shapeOf(operation.service, operation.input);
  return { ...requestDefaults(operation.name, parameters), ...oldStyle(operation, shape, parameters) };
}

/** Lists in the newer style: each element has its number as `tag`, and a single element is no array. */
function newStyle(model: ServiceModel, reference: ShapeReference, value: Json): Json {
  const shape = shapeOf(model, reference);
  if (shape.type === "structure" && isJsonObject(value)) {
    const formatted: JsonObject = {};
    for (const [name, item] of Object.entries(value)) {
      const member = shape.members?.[name];
      if (!member) continue;
      const key = upperFirst(member.queryName ?? member.locationName ?? name);
      if (isSecret(name)) formatted[key] = REMOVED;
      else formatted[key] = newStyleMember(model, member, item);
    }
    return formatted;
  }
  return typeof value === "string" ? typed(value) : value;
}

function newStyleMember(model: ServiceModel, reference: ShapeReference, value: Json): Json {
  const { type, member } = shapeOf(model, reference);
  if (type !== "list" || !member || !Array.isArray(value)) return newStyle(model, reference, value);
  const items = value.map((item, index): Json => {
    const formatted = newStyle(model, member, item);
    return isJsonObject(formatted)
      ? { ...formatted, tag: index + 1 }
      : { content: formatted, tag: index + 1 };
  });
  return items.length === 1 ? (items[0] ?? null) : items;
}

function oldStyle(operation: OperationModel, shape: Shape, parameters: JsonObject): JsonObject {
  const model = operation.service;
  const formatted: JsonObject = {};
  for (const [name, value] of Object.entries(parameters)) {
    const member = shape.members?.[name];
    if (!member || name === "DryRun") continue;
    const set = REQUEST_SETS[`${operation.name}.${name}`] ?? REQUEST_SETS[name];
    const memberShape = shapeOf(model, member);
    if (isSecret(name) || SECRET_HERE.has(`${operation.name}.${name}`))
      formatted[lowerFirst(member.locationName ?? name)] = REMOVED;
    else if (memberShape.type === "list" && Array.isArray(value) && memberShape.member)
      putSet(
        formatted,
        set ?? defaultSet(name, member),
        items(model, memberShape.member, value, set?.[1] ?? defaultSet(name, member)[1]),
      );
    else formatted[set?.[0] ?? lowerFirst(member.locationName ?? name)] = oldStyleValue(model, member, value);
  }
  return arrange(operation.name, formatted);
}

/** Two parameters may belong to one set: RunInstances has groups by id and by name. */
function putSet(formatted: JsonObject, [name]: readonly [string, string], added: Json[]): void {
  const present = formatted[name];
  const before = isJsonObject(present) && Array.isArray(present["items"]) ? present["items"] : [];
  formatted[name] = { items: [...before, ...added] };
}

const defaultSet = (name: string, member: ShapeReference): readonly [string, string] => {
  const called = lowerFirst(member.locationName ?? name);
  const singular = lowerFirst(name).replace(/s$/, "");
  return [called.endsWith("Set") || called.endsWith("s") ? called : `${called}Set`, singular];
};

function items(model: ServiceModel, member: ShapeReference, values: Json[], itemName: string): Json[] {
  return values.map((value) =>
    isJsonObject(value) ? oldStyleValue(model, member, value) : { [itemName]: value },
  );
}

function oldStyleValue(model: ServiceModel, reference: ShapeReference, value: Json): Json {
  const shape = shapeOf(model, reference);
  if (shape.type === "structure" && isJsonObject(value))
    return oldStyleStructure(model, shape, value, reference.shape);
  if (shape.type === "list" && Array.isArray(value) && shape.member)
    return { items: items(model, shape.member, value, "item") };
  if (shape.type === "timestamp") return epochMilliseconds(value);
  return value;
}

/** Structures whose missing lists are shown as empty sets. */
const WITH_EMPTY_SETS = new Set(["IpPermission"]);
/** Lists inside structures, by the API's name. */
const INNER_SETS: Record<string, readonly [string, string]> = {
  "Filter.Values": ["valueSet", "value"],
  "InstanceNetworkInterfaceSpecification.Groups": ["groupSet", "groupId"],
};

function oldStyleStructure(
  model: ServiceModel,
  shape: Shape,
  value: JsonObject,
  shapeName: string,
): JsonObject {
  const formatted: JsonObject = {};
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    const item = value[name];
    const memberShape = shapeOf(model, member);
    const [called, itemName] = INNER_SETS[`${shapeName}.${name}`] ?? [
      lowerFirst(member.locationName ?? name),
      "item",
    ];
    if (item === undefined) {
      if (memberShape.type === "list" && WITH_EMPTY_SETS.has(shapeName)) formatted[called] = {};
    } else if (memberShape.type === "list" && Array.isArray(item) && memberShape.member) {
      // Tags inside a specification are an ordinary list.
      const tags = memberShape.member.shape === "Tag" && shapeName === "TagSpecification";
      const inner = items(model, memberShape.member, item, itemName);
      formatted[tags ? "tags" : called] = tags ? inner : inner.length === 0 ? {} : { items: inner };
    } else formatted[called] = isSecret(name) ? REMOVED : oldStyleValue(model, member, item);
  }
  return formatted;
}

/** Where a record groups parameters differently from the API. */
function arrange(operation: string, formatted: JsonObject): JsonObject {
  if (operation === "RunInstances") {
    const { imageId, minCount, maxCount, keyName, ...rest } = formatted;
    const wanted = { imageId, minCount, maxCount, keyName };
    const item = Object.fromEntries(
      Object.entries(wanted).filter(([, value]) => value !== undefined),
    ) as JsonObject;
    return { instancesSet: { items: [item] }, ...rest };
  }
  if (operation === "ModifySnapshotAttribute")
    return sharing(formatted, "createVolumePermission", "CREATE_VOLUME_PERMISSION");
  if (operation === "ModifyImageAttribute") return sharing(formatted, "launchPermission", "launchPermission");
  if (operation === "CreateVolume" && typeof formatted["size"] === "number")
    return { ...formatted, size: String(formatted["size"]) };
  return formatted;
}

/** Calls can share snapshots and images by two forms of parameters; the record has one. */
function sharing(formatted: JsonObject, permission: string, attributeType: string): JsonObject {
  const { attribute, operationType, sharingUsers, sharingGroups, ...rest } = formatted;
  if (rest[permission] !== undefined) return { ...rest, attributeType };
  const itemsOf = (set: Json | undefined) =>
    isJsonObject(set) && Array.isArray(set["items"]) ? set["items"] : [];
  const shared = [...itemsOf(sharingUsers), ...itemsOf(sharingGroups)];
  if (attribute !== permission || shared.length === 0) return formatted;
  return {
    ...rest,
    [permission]: { [operationType === "remove" ? "remove" : "add"]: { items: shared } },
    attributeType,
  };
}

export function ec2Response(call: ApiCall): JsonObject | null {
  const { model: operation, output } = call;
  if (!operation || call.errorCode !== undefined || call.readOnly) return null;
  if (isXmlStyle(operation)) {
    const text = call.http.responseText;
    if (text === undefined) return null;
    return { [`${operation.name}Response`]: hideSecrets(xmlToJson(parseXml(text))) };
  }
  const head: JsonObject = call.requestId === undefined ? {} : { requestId: call.requestId };
  if (!operation.output) return { ...head, _return: true };
  const shape = shapeOf(operation.service, operation.output);
  const formatted = responseStructure(operation.service, shape, output ?? {});
  return { ...head, ...arrangeResponse(operation.name, formatted) };
}

/** Where the record of an answer differs from the documented answer. */
function arrangeResponse(operation: string, formatted: JsonObject): JsonObject {
  if (operation === "CreateSecurityGroup") return { _return: true, ...formatted };
  if (operation !== "CreateVolume") return formatted;
  const { availabilityZone = null, size = null, ...rest } = formatted;
  return { ...rest, zone: availabilityZone, size: typeof size === "number" ? String(size) : size };
}

function responseStructure(model: ServiceModel, shape: Shape, value: JsonObject): JsonObject {
  const formatted: JsonObject = {};
  for (const [name, item] of Object.entries(value)) {
    const member = shape.members?.[name];
    if (!member) continue;
    const called = lowerFirst(member.locationName ?? name);
    formatted[called === "return" ? "_return" : called] = isSecret(name)
      ? REMOVED
      : responseValue(model, member, item);
  }
  return formatted;
}

/** Sets in answers whose list is named `item`, as in the XML. */
const NAMED_ITEM = new Set(["privateIpAddressesSet"]);

function responseValue(model: ServiceModel, reference: ShapeReference, value: Json): Json {
  const shape = shapeOf(model, reference);
  if (shape.type === "structure" && isJsonObject(value)) return responseStructure(model, shape, value);
  if (shape.type === "list" && Array.isArray(value)) {
    const { member } = shape;
    if (!member || value.length === 0) return {};
    const items = value.map((item) => (isJsonObject(item) ? responseValue(model, member, item) : { item }));
    return { [NAMED_ITEM.has(reference.locationName ?? "") ? "item" : "items"]: items };
  }
  if (shape.type === "timestamp") return epochMilliseconds(value);
  return value;
}

/** What EC2 never records: launch scripts and private keys. */
const isSecret = (name: string): boolean => ["UserData", "KeyMaterial", "PasswordData"].includes(name);

/** Secrets by operation: the value of any attribute that the call names, which may be a launch script. */
const SECRET_HERE = new Set(["ModifyInstanceAttribute.Value"]);

function hideSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(hideSecrets);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      isSecret(upperFirst(name)) ? REMOVED : hideSecrets(item),
    ]),
  );
}

const upperFirst = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const epochMilliseconds = (time: Json): Json => (typeof time === "string" ? Date.parse(time) : time);
