/** Which services the functions call, in which regions, and what an endpoint to each allows. */
import { globalServicesRegion } from "@bailiwick/aws-events/partitions";
import type { CatalogueEntry } from "../../controls/lib/control";
import type { PolicyStatement } from "../../controls/lib/permissions";
import { controlName, deadLetterQueueName, SCHEDULE_GROUP_NAME, UNDO_NAME } from "../../contract/names";

export interface EndpointsArgs {
  partition: string;
  organizationId: string;
  /** The hub's region, in which the functions run. */
  region: string;
  /** All governed regions: controls call the services of the resource's region. */
  regions: string[];
  controls: CatalogueEntry[];
  hubBusArn: string;
  ledgerTableArn: string;
}

export interface Endpoint {
  /** As in its service name and its host name: `ec2`. */
  service: string;
  /** Its name for VPC: `com.amazonaws.eu-west-1.ec2`. */
  serviceName: string;
  serviceRegion: string;
  statements: PolicyStatement[];
  /**
   * How the functions' network reaches it. `gateway`: by a route, without charge. `interface`: by an address in the functions' network.
   * `distant`: by an address in a network of the service's region, because the service accepts calls only from there.
   */
  access: "gateway" | "interface" | "distant";
}

/** Have gateway endpoints, which are only for services of the network's own region. */
const GATEWAY_SERVICES = ["s3", "dynamodb"];
/** Have one endpoint for all regions. */
const GLOBAL_SERVICES = ["iam"];
/** Have endpoints for calls from other regions. https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html */
const CROSS_REGION_SERVICES = ["s3", "iam", "kms", "lambda"];
/** Services whose name for endpoints isn't the prefix of their actions. */
const ENDPOINT_NAMES: Record<string, string> = { cloudwatch: "monitoring" };

/** @returns one endpoint for each service and region. https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html */
export function endpointsFor(args: EndpointsArgs): Endpoint[] {
  const endpoints = new Map<string, Endpoint>();
  for (const { service, serviceRegion, statement } of calls(args)) {
    const key = `${service} ${serviceRegion}`;
    const existing = endpoints.get(key);
    // Control and hub may call the same service.
    if (existing) existing.statements.push(statement);
    else
      endpoints.set(key, {
        service,
        serviceName: serviceNameOf(args.partition, service, serviceRegion),
        serviceRegion,
        statements: [statement],
        access: accessTo(service, serviceRegion, args.region),
      });
  }
  return [...endpoints.values()];
}

function accessTo(service: string, serviceRegion: string, region: string): Endpoint["access"] {
  if (serviceRegion === region) return GATEWAY_SERVICES.includes(service) ? "gateway" : "interface";
  return CROSS_REGION_SERVICES.includes(service) ? "interface" : "distant";
}

function serviceNameOf(partition: string, service: string, serviceRegion: string): string {
  const prefix = partition === "aws-cn" ? "cn.com.amazonaws" : "com.amazonaws";
  return GLOBAL_SERVICES.includes(service) ? `${prefix}.${service}` : `${prefix}.${serviceRegion}.${service}`;
}

interface Call {
  service: string;
  serviceRegion: string;
  statement: PolicyStatement;
}

function calls(args: EndpointsArgs): Call[] {
  const { partition, organizationId, region, regions, controls } = args;
  const onlyOrganization = { StringEquals: { "aws:PrincipalOrgID": organizationId } };
  const allow = (Action: string[], Resource: string | string[]): PolicyStatement =>
    ({ Effect: "Allow", Principal: "*", Action, Resource, Condition: onlyOrganization }) as PolicyStatement;
  const roles = [...controls.map(({ id }) => controlName(id)), UNDO_NAME].map(
    (name) => `arn:${partition}:iam::*:role/${name}`,
  );
  const queues = controls.flatMap(({ id }) => {
    const queue = `arn:${partition}:sqs:${region}:*:${controlName(id)}`;
    return [queue, deadLetterQueueName(queue)];
  });
  const schedules = `arn:${partition}:scheduler:${region}:*:schedule/${SCHEDULE_GROUP_NAME}/*`;
  const ledger = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
  return [
    { service: "sts", serviceRegion: region, statement: allow(["sts:AssumeRole", "sts:TagSession"], roles) },
    { service: "events", serviceRegion: region, statement: allow(["events:PutEvents"], args.hubBusArn) },
    { service: "sqs", serviceRegion: region, statement: allow(["sqs:SendMessage"], queues) },
    {
      service: "scheduler",
      serviceRegion: region,
      statement: allow(["scheduler:CreateSchedule"], schedules),
    },
    { service: "dynamodb", serviceRegion: region, statement: allow(ledger, args.ledgerTableArn) },
    // The role in the account limits the resources.
    ...[...actionsOf(args)].flatMap(([service, actions]) =>
      (GLOBAL_SERVICES.includes(service) ? [globalServicesRegion(partition)] : regions).map(
        (serviceRegion) => ({ service, serviceRegion, statement: allow([...actions].sort(), "*") }),
      ),
    ),
  ];
}

/** The actions that the enabled controls use in governed accounts, by service. */
function actionsOf({ partition, controls }: EndpointsArgs): Map<string, Set<string>> {
  const actions = new Map<string, Set<string>>();
  // What AWS calls in the caller's name, as CloudTrail does for an organization's trail, goes through no endpoint.
  const scope = { partition, account: "*", region: "*", id: "*", isManagementAccount: false };
  for (const { readPermissions, fixPermissions, undoPermissions } of controls)
    for (const { Action } of [readPermissions, fixPermissions, undoPermissions].flatMap(
      (permissions) => permissions?.(scope) ?? [],
    ))
      for (const action of [Action].flat()) {
        const prefix = action.split(":")[0] ?? "";
        const service = ENDPOINT_NAMES[prefix] ?? prefix;
        actions.set(service, (actions.get(service) ?? new Set()).add(action));
      }
  return actions;
}
