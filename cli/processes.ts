/** The descendants of a process, so that a run leaves none behind. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** @returns pid → parent's pid of every visible process. */
function parentsByPid(): Map<number, number> {
  const found = new Map<number, number>();
  try {
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        // The command's name is in brackets and may contain anything, so fields count from its end. Zombies hold no resources.
        const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (state !== "Z") found.set(Number(name), Number(parent));
      } catch {
        // It has ended meanwhile.
      }
    }
    return found;
  } catch {
    // No /proc (macOS).
  }
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" }).split("\n");
  for (const line of lines) {
    const [pid, parent, state] = line.trim().split(/\s+/);
    if (pid !== undefined && !state?.startsWith("Z")) found.set(Number(pid), Number(parent));
  }
  return found;
}

/** @returns the pids of all living descendants of `ancestor`, nearest first. */
export function descendantsOf(ancestor: number): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of parentsByPid()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found: number[] = [];
  const queue = [ancestor];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const next = children.get(pid) ?? [];
    found.push(...next);
    queue.push(...next);
  }
  return found;
}

/** Longest wait for killed processes to end: one that waits for a disk ends only when that answers. */
const KILL_MILLISECONDS = 2_000;

/**
 * Kills every descendant of this process, and returns once they have ended: on a busy machine a killed process lives on, and
 * listens, until it is scheduled. Synchronous, so that it works while this process exits.
 */
export function killDescendants(): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + KILL_MILLISECONDS;
  // In rounds, as one of them may have started another meanwhile.
  for (;;) {
    let living = 0;
    for (const pid of descendantsOf(process.pid)) {
      try {
        process.kill(pid, "SIGKILL");
        living++;
      } catch {
        // It has ended meanwhile (`ps` itself is one of them).
      }
    }
    if (living === 0 || performance.now() > deadline) return;
    Atomics.wait(pause, 0, 0, 5);
  }
}

/** @returns whether a process with this pid is alive; a zombie isn't. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return parentsByPid().has(pid);
}
