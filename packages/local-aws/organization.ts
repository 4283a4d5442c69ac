/**
 * An AWS organization on this machine: emulator, gateway, CloudTrail and event fabric, started together and stopped together.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { HUB_BUS_NAME } from "../../contract/names";
import type { AccountKind, Settings } from "../../config";
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { OrganizationEndedError, quotingLog, untilOrganizationEnds } from "./organization-end";
import { createCloudTrail, signInDoor, type CloudTrail } from "./cloudtrail";
import { startEmulator, type Emulator } from "./emulator/emulator";
import { installEmulator } from "./emulator/install";
import { startFabric, type Fabric } from "./fabric";
import { startGateway, type Gateway } from "./gateway";
import { createTrace, type Trace } from "./trace";

export interface OrganizationOptions {
  /** The stack whose accounts and regions the organization has. */
  settings: Settings;
  /** Hears what is being done. */
  say?: (message: string) => void;
  /** An existing folder for its files. Default: a temporary one of its own, which goes with it. */
  folder?: string;
}

export interface LocalAccount {
  id: string;
  name: string;
  kind: AccountKind;
}

export interface Organization {
  /** Where every client goes: the gateway. */
  endpointUrl: string;
  organizationId: string;
  accounts: LocalAccount[];
  homeRegion: string;
  /** All governed regions. */
  regions: string[];
  emulator: Emulator;
  gateway: Gateway;
  cloudTrail: CloudTrail;
  fabric: Fabric;
  trace: Trace;
  /** For this organization's files. */
  folder: string;
  /** For SDK clients: the account's root, through the gateway. */
  aws(accountId: string, region?: string): AwsClientConfig;
  /** Resolves with a sentence if a part ends without having been asked to. */
  died: Promise<string>;
  /** Ends every process, port and temporary file. May be called twice. */
  stop(): Promise<void>;
}

const ROOT_ID = "r-root";

/** Starts the organization. What it started before it throws, it stops. */
export async function startOrganization(options: OrganizationOptions): Promise<Organization> {
  const { settings, say = () => undefined } = options;
  const accounts = [settings.management, settings.security, settings.logArchive, ...settings.members];
  const installed = await installEmulator(say);
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), "bailiwick-")));
  const closers: (() => Promise<unknown>)[] = [];
  if (options.folder === undefined) closers.push(() => rm(folder, { recursive: true, force: true }));
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= closeAll(closers));
  try {
    let emulatorIsUp: (emulator: Emulator) => void = () => undefined;
    const emulatorUp = new Promise<Emulator>((resolve) => (emulatorIsUp = resolve));
    const trace = createTrace();
    const hub = { account: settings.security.id, region: settings.homeRegion, bus: HUB_BUS_NAME };
    const fabric = await startFabric({ emulator: emulatorUp, trace, hub });
    closers.push(() => fabric.close());
    const cloudTrail = createCloudTrail({
      emulator: emulatorUp,
      organization: {
        id: settings.organizationId,
        managementAccountId: settings.management.id,
        accountIds: accounts.map(({ id }) => id),
      },
      publish: (account, region, event) =>
        fabric.publish(account, region, "default", event as unknown as EventBridgeEvent),
      trace,
    });
    closers.push(() => cloudTrail.close());
    const gateway = await startGateway({
      emulator: emulatorUp,
      modelsFolder: installed.modelsFolder,
      onCall: async (call) => {
        if (!call.readOnly) fabric.changed(call.service, call.account, call.region, call.operation);
        await cloudTrail.record(call);
      },
      signIn: signInDoor(cloudTrail),
    });
    closers.push(() => gateway.close());
    say("Starting the emulator");
    const emulator = await startEmulator({
      installed,
      port: await freePort(),
      endpointUrl: gateway.url,
      eventsUrl: fabric.eventsUrl,
      organization: {
        id: settings.organizationId,
        rootId: ROOT_ID,
        managementAccountId: settings.management.id,
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
    const aws = (accountId: string, region = settings.homeRegion): AwsClientConfig => ({
      region,
      endpoint: gateway.url,
      credentials: { accessKeyId: accountId, secretAccessKey: ROOT_SECRET },
    });
    await untilOrganizationEnds({ died }, () =>
      Promise.all(
        accounts
          .filter(({ id }) => id !== settings.management.id)
          .map(({ id }) => createAccessRole(aws(id), settings)),
      ),
    );
    return {
      endpointUrl: gateway.url,
      organizationId: settings.organizationId,
      accounts,
      homeRegion: settings.homeRegion,
      regions: settings.regions,
      emulator,
      gateway,
      cloudTrail,
      fabric,
      trace,
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

/** The emulator's word for the secret of an account's root. */
const ROOT_SECRET = "test";

/** What Organizations makes in every account it creates: a role that the management account may assume. */
async function createAccessRole(config: AwsClientConfig, settings: Settings): Promise<void> {
  const iam = new IAMClient(config);
  const { accessRoleName, management, partition } = settings;
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

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
