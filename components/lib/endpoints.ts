/** Which services functions call, where, and what an endpoint to each lets through. */
import { globalServicesRegion } from "@bailiwick/aws-events/partitions";
import type { CatalogueEntry } from "../../controls/lib/control";
import type { PolicyStatement } from "../../controls/lib/permissions";
import { controlName } from "../../contract/names";

export interface EndpointsArgs {
  partition: string;
  organizationId: string;
  /** The hub's region, in which the functions run. */
  region: string;
  /** All governed regions: controls call the services of the region in which a resource is. */
  regions: string[];
  controls: CatalogueEntry[];
  hubBusArn: string;
  ledgerTableArn: string;
}

export interface Endpoint {
  /** As in its service name and its host name: `ec2`. */
  service: string;
  /** What VPC knows it by: `com.amazonaws.eu-west-1.ec2`. */
  serviceName: string;
  serviceRegion: string;
  statements: PolicyStatement[];
  /**
   * How the functions' network gets there. `gateway`: by a route, without charge; `interface`: by an address in the functions' network;
   * `distant`: by an address in a network of the service's region, because the service lets itself be called from its own region only.
   */
  way: "gateway" | "interface" | "distant";
}

/** In a network's own region only. */
const GATEWAY_SERVICES = ["s3", "dynamodb"];
/** Have one endpoint, whatever region is called. */
const GLOBAL_SERVICES = ["iam"];
/** An endpoint may be in another region. https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html */
const CROSS_REGION_SERVICES = ["s3", "iam", "kms", "lambda"];
/** Actions' prefixes that aren't their service's name in endpoints. */
const ENDPOINT_NAMES: Record<string, string> = { cloudwatch: "monitoring" };

/** One for each service and region. https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html */
export function endpointsFor(args: EndpointsArgs): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const { service, serviceRegion, statement } of calls(args)) {
    const key = `${service} ${serviceRegion}`;
    const known = found.get(key);
    // A control may call what the hub calls, too.
    if (known) known.statements.push(statement);
    else
      found.set(key, {
        service,
        serviceName: serviceNameOf(args.partition, service, serviceRegion),
        serviceRegion,
        statements: [statement],
        way: wayTo(service, serviceRegion, args.region),
      });
  }
  return [...found.values()];
}

function wayTo(service: string, serviceRegion: string, region: string): Endpoint["way"] {
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
  const ours = { StringEquals: { "aws:PrincipalOrgID": organizationId } };
  const lets = (Action: string[], Resource: string | string[]): PolicyStatement =>
    ({ Effect: "Allow", Principal: "*", Action, Resource, Condition: ours }) as PolicyStatement;
  const roles = controls.map(({ id }) => `arn:${partition}:iam::*:role/${controlName(id)}`);
  const queues = controls.map(({ id }) => `arn:${partition}:sqs:${region}:*:${controlName(id)}`);
  const ledger = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
  return [
    { service: "sts", serviceRegion: region, statement: lets(["sts:AssumeRole", "sts:TagSession"], roles) },
    { service: "events", serviceRegion: region, statement: lets(["events:PutEvents"], args.hubBusArn) },
    { service: "sqs", serviceRegion: region, statement: lets(["sqs:ChangeMessageVisibility"], queues) },
    { service: "dynamodb", serviceRegion: region, statement: lets(ledger, args.ledgerTableArn) },
    // What the member's role may be used on is said by the role.
    ...[...actionsOf(args)].flatMap(([service, actions]) =>
      (GLOBAL_SERVICES.includes(service) ? [globalServicesRegion(partition)] : regions).map(
        (serviceRegion) => ({ service, serviceRegion, statement: lets([...actions].sort(), "*") }),
      ),
    ),
  ];
}

/** What the enabled controls do in members, by service. */
function actionsOf({ partition, controls }: EndpointsArgs): Map<string, Set<string>> {
  const actions = new Map<string, Set<string>>();
  const scope = { partition, account: "*", region: "*", id: "*" };
  for (const control of controls)
    for (const { Action } of [...control.permissions(scope), ...(control.undoPermissions?.(scope) ?? [])])
      for (const action of [Action].flat()) {
        const prefix = action.split(":")[0] ?? "";
        const service = ENDPOINT_NAMES[prefix] ?? prefix;
        actions.set(service, (actions.get(service) ?? new Set()).add(action));
      }
  return actions;
}
