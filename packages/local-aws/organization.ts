/**
 * An AWS organization on this machine: emulator, gateway, CloudTrail and event fabric, started together and stopped together.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { OrganizationEndedError, quotingLog, untilOrganizationEnds } from "./organization-end";
import { createCloudTrail, signInEndpoint, type CloudTrail } from "./cloudtrail";
import { ROOT_SECRET } from "./cloudtrail/trails";
import { startEmulator, type Emulator } from "./emulator/emulator";
import { installEmulator } from "./emulator/install";
import { startFabric, type Fabric } from "./fabric";
import { startGateway, type Gateway } from "./gateway";
import {
  planOrganization,
  type LocalAccount,
  type OrganizationOptions,
  type OrganizationPlan,
} from "./organization-options";
import { freePort } from "./loopback";
import { createTrace, type Trace } from "./trace";
import { Weather } from "./weather";

/** For clients of the AWS SDK for JavaScript. */
export interface ClientConfig {
  region: string;
  /** The gateway. */
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

export interface Organization {
  /** Where every client goes: the gateway. */
  endpointUrl: string;
  organizationId: string;
  accounts: LocalAccount[];
  /** The region of clients that name none. */
  homeRegion: string;
  regions: string[];
  emulator: Emulator;
  gateway: Gateway;
  cloudTrail: CloudTrail;
  fabric: Fabric;
  trace: Trace;
  /** Calm unless options or tests change it. */
  weather: Weather;
  /** For this organization's files. */
  folder: string;
  /** For SDK clients: the account's root, through the gateway. */
  aws(accountId: string, region?: string): ClientConfig;
  /** Resolves with a sentence if a part ends without having been asked to. */
  died: Promise<string>;
  /** Ends every process, port and temporary file. May be called twice. */
  stop(): Promise<void>;
}

const ROOT_ID = "r-root";

/**
 * Starts the organization. What it started before it throws, it stops.
 * @throws OrganizationOptionsError, EmulatorInstallError, OrganizationEndedError
 */
export async function startOrganization(options: OrganizationOptions): Promise<Organization> {
  const { say = () => undefined, trace = createTrace(), onArrival } = options;
  const plan = planOrganization(options);
  const { organizationId, homeRegion, regions, management, accounts } = plan;
  const installed = await installEmulator(say);
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), "local-aws-")));
  const closers: (() => Promise<unknown>)[] = [];
  if (options.folder === undefined) closers.push(() => rm(folder, { recursive: true, force: true }));
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= closeAll(closers));
  try {
    let emulatorIsUp: (emulator: Emulator) => void = () => undefined;
    const emulatorUp = new Promise<Emulator>((resolve) => (emulatorIsUp = resolve));
    const weather = new Weather();
    const fabric = await startFabric({ emulator: emulatorUp, trace, onArrival, weather });
    closers.push(() => fabric.close());
    const cloudTrail = createCloudTrail({
      emulator: emulatorUp,
      organization: {
        id: organizationId,
        managementAccountId: management.id,
        accountIds: accounts.map(({ id }) => id),
      },
      publish: (account, region, event) =>
        fabric.publish(account, region, "default", event as unknown as EventBridgeEvent),
      trace,
      delayOf: (event) => weather.delayOf(event),
    });
    closers.push(() => cloudTrail.close());
    const gateway = await startGateway({
      emulator: emulatorUp,
      modelsFolder: installed.modelsFolder,
      onCall: async (call) => {
        if (!call.readOnly) fabric.changed(call.service, call.account, call.region, call.operation);
        await cloudTrail.record(call);
      },
      signIn: signInEndpoint(cloudTrail),
      weather,
    });
    closers.push(() => gateway.close());
    say("Starting the emulator");
    const emulator = await startEmulator({
      installed,
      port: await freePort(),
      endpointUrl: gateway.url,
      eventsUrl: fabric.eventsUrl,
      metricMinuteMilliseconds: options.metricMinuteMilliseconds,
      organization: {
        id: organizationId,
        rootId: ROOT_ID,
        managementAccountId: management.id,
        accounts: accounts.map(({ id, name }) => ({ id, name, email: `aws+${name}@example.com` })),
      },
      folder,
    }).catch(async (error: Error) => {
      const message = await quotingLog(error.message);
      throw message === error.message ? error : new OrganizationEndedError(message);
    });
    closers.push(() => emulator.stop());
    const died = emulator.died.then(quotingLog);
    emulatorIsUp(emulator);
    const aws = (accountId: string, region = homeRegion): ClientConfig => ({
      region,
      endpoint: gateway.url,
      credentials: { accessKeyId: accountId, secretAccessKey: ROOT_SECRET },
    });
    await untilOrganizationEnds({ died }, () =>
      Promise.all(
        accounts.filter(({ id }) => id !== management.id).map(({ id }) => createAccessRole(aws(id), plan)),
      ),
    );
    if (options.weather) weather.set(options.weather);
    return {
      endpointUrl: gateway.url,
      organizationId,
      accounts,
      homeRegion,
      regions,
      emulator,
      gateway,
      cloudTrail,
      fabric,
      trace,
      weather,
      folder,
      aws,
      died,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What Organizations makes in every account it creates: a role that the management account may assume. */
async function createAccessRole(
  config: ClientConfig,
  { accessRoleName, management, partition }: OrganizationPlan,
): Promise<void> {
  const iam = new IAMClient(config);
  const trust = {
    Effect: "Allow",
    Principal: { AWS: `arn:${partition}:iam::${management.id}:root` },
    Action: "sts:AssumeRole",
  };
  const everything = { Effect: "Allow", Action: "*", Resource: "*" };
  const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await iam.send(
    new CreateRoleCommand({ RoleName: accessRoleName, AssumeRolePolicyDocument: document(trust) }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: accessRoleName,
      PolicyName: "AdministratorAccess",
      PolicyDocument: document(everything),
    }),
  );
  iam.destroy();
}

/** Last started, first stopped; each gets its turn even if another fails. */
async function closeAll(closers: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of [...closers].reverse()) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "The local organization did not stop cleanly.");
}
