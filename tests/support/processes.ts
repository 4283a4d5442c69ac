/** A process' descendants and ports, seen from outside, for tests that none are left. Linux only: reads /proc. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { descendantsOf } from "../../cli/processes";

/** A process; its start time distinguishes it from a later one with the same id. */
interface SeenProcess {
  pid: number;
  startedAt: string;
  command: string;
}

/** Watches a process and all its descendants until `end` is called. */
export function watchProcess(pid: number): { processes: SeenProcess[]; ports: Set<number>; end: () => void } {
  const seen = new Map<string, SeenProcess>();
  const ports = new Set<number>();
  const look = () => {
    const listening = listeningSockets();
    for (const each of [pid, ...descendantsOf(pid)]) {
      const found = read(each);
      if (found !== undefined) seen.set(`${found.pid} ${found.startedAt}`, found);
      for (const inode of socketsOf(each)) {
        const port = listening.get(inode);
        if (port !== undefined) ports.add(port);
      }
    }
  };
  look();
  const timer = setInterval(look, 50);
  return {
    get processes() {
      return [...seen.values()];
    },
    ports,
    end: () => {
      look();
      clearInterval(timer);
    },
  };
}

/** @returns the processes that are still alive. */
export const survivors = (processes: readonly SeenProcess[]): SeenProcess[] =>
  processes.filter(({ pid, startedAt }) => read(pid)?.startedAt === startedAt);

/** @returns the ports that are still open. */
export async function openPorts(ports: Iterable<number>): Promise<number[]> {
  const answers = await Promise.all(
    [...ports].map(
      (port) =>
        new Promise<number | undefined>((resolve) => {
          const socket = connect(port, "127.0.0.1", () => {
            socket.destroy();
            resolve(port);
          });
          socket.once("error", () => resolve(undefined));
        }),
    ),
  );
  return answers.filter((port) => port !== undefined);
}

/** Undefined when it has ended, even if it is still a zombie. */
function read(pid: number): SeenProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 150);
    return { pid, startedAt: fields[19] ?? "", command };
  } catch {
    return undefined;
  }
}

/** Inode → port. */
function listeningSockets(): Map<string, number> {
  const found = new Map<string, number>();
  for (const table of ["tcp", "tcp6"]) {
    for (const line of readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === "0A" && inode !== undefined) found.set(inode, parseInt(local?.split(":")[1] ?? "", 16));
    }
  }
  return found;
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
