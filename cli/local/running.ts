/**
 * Which local organizations are up. Each `bailiwick up` listens on a loopback port of its own and writes where into a file;
 * `bailiwick down` asks there. So a stale file, or a process id that has been given to another program, ends nothing.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import * as path from "node:path";
import * as v from "valibot";

/** Git-ignored, beside the emulator's environment. */
const FOLDER = path.join(__dirname, "..", "..", ".bailiwick", "running");

const runningSchema = v.object({
  /** Short name for `bailiwick down <id>`. */
  id: v.string(),
  pid: v.number(),
  /** The control port on 127.0.0.1, and the token that ends the organization. */
  port: v.number(),
  token: v.string(),
  /** The endpoint for AWS clients. */
  endpointUrl: v.string(),
  /** The address of the trace, for `bailiwick trace`. */
  traceUrl: v.optional(v.string()),
  /** ISO 8601. */
  since: v.string(),
});

/** An organization that is up. */
export type RunningOrganization = v.InferOutput<typeof runningSchema>;

interface Announcement {
  id: string;
  /** Removes the announcement. Clients that asked for the end stay connected until the process ends, or until `close`. */
  withdraw: () => Promise<void>;
  close: () => void;
}

/** Announces a running organization; `end` is called when a client asks for its end. */
export async function announce(
  endpointUrl: string,
  end: () => void,
  folder: string = FOLDER,
  traceUrl?: string,
): Promise<Announcement> {
  const token = randomBytes(16).toString("hex");
  const id = randomBytes(3).toString("hex");
  const file = path.join(folder, `${id}.json`);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    let said = "";
    socket.on("data", (chunk) => {
      said += chunk.toString();
      if (said.length > 200) socket.destroy();
      else if (said.endsWith("\n")) {
        if (sameSecret(said.trim(), token)) end();
        else socket.destroy();
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const entry: RunningOrganization = {
    id,
    pid: process.pid,
    port,
    token,
    endpointUrl,
    traceUrl,
    since: new Date().toISOString(),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(file, JSON.stringify(entry), { mode: 0o600 });
  return {
    id,
    withdraw: () => rm(file, { force: true }),
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** @returns the organizations that are up, newest first. Removes files that killed runs left behind. */
export async function runningOrganizations(folder: string = FOLDER): Promise<RunningOrganization[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith(".json"))
      .map(async (name) => {
        const file = path.join(folder, name);
        const entry = v.safeParse(runningSchema, await readJson(file));
        if (entry.success && (await answers(entry.output.port))) return [entry.output];
        await rm(file, { force: true });
        return [];
      }),
  );
  return found.flat().sort((a, b) => b.since.localeCompare(a.since));
}

/** Asks a running organization to end, and waits until it has. @throws Error after `timeoutMilliseconds`. */
export async function endOrganization(
  running: RunningOrganization,
  timeoutMilliseconds = 15_000,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(running.port, "127.0.0.1", () => socket.write(`${running.token}\n`));
    socket.setTimeout(timeoutMilliseconds, () => {
      socket.destroy();
      reject(
        new Error(
          `The organization ${running.id} (process ${running.pid}) did not end within ` +
            `${timeoutMilliseconds / 1000} s. End the process by hand: kill ${running.pid}`,
        ),
      );
    });
    socket.once("close", () => resolve());
    // A reset means the end, too.
    socket.once("error", () => resolve());
  });
}

const sameSecret = (given: string, secret: string) =>
  given.length === secret.length && timingSafeEqual(Buffer.from(given), Buffer.from(secret));

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
