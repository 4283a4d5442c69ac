/**
 * Installs the emulator (pinned in requirements.txt) once, into its own virtual environment. An interrupted installation
 * leaves nothing, because it runs in a temporary folder that is renamed at the end.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import * as path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const packageFolder = path.join(__dirname, "..");
const requirements = path.join(__dirname, "requirements.txt");
const MINIMUM = [3, 10] as const;
const STALE_MILLISECONDS = 30 * 60_000;

export interface InstalledEmulator {
  python: string;
  /** Folder of botocore's service models, which are installed with the emulator. */
  modelsFolder: string;
}

/** The installation is impossible. The message says what to do. */
export class EmulatorInstallError extends Error {
  override name = "EmulatorInstallError";
}

/** @returns the pinned version of the emulator. */
export async function emulatorVersion(): Promise<string> {
  return /^ministack==(\S+)/m.exec(await readFile(requirements, "utf8"))?.[1] ?? "of unknown version";
}

/** @returns the emulator, which is installed if necessary. `say` receives the long steps. */
export async function installEmulator(
  say: (message: string) => void = () => undefined,
  options: { folder?: string; pythons?: string[] } = {},
): Promise<InstalledEmulator> {
  const folder = options.folder ?? path.join(packageFolder, ".cache");
  const wanted = await readFile(requirements);
  const home = path.join(
    folder,
    `emulator-${createHash("sha256").update(wanted).digest("hex").slice(0, 12)}`,
  );
  if (!(await exists(home))) {
    const python = await findPython(options.pythons);
    await mkdir(folder, { recursive: true });
    await removeLeftovers(folder);
    const workshop = path.join(folder, `installing-${process.pid}-${Date.now()}`);
    try {
      say("Installing the emulator into a virtual environment (once)");
      await makeEnvironment(python, workshop);
      await rename(workshop, home).catch(async (error: unknown) => {
        // Another run was faster, and its installation is equivalent.
        if (!(await exists(home))) throw error;
      });
    } finally {
      await rm(workshop, { recursive: true, force: true });
    }
  }
  const library = (await readdir(path.join(home, "lib"))).find((name) => name.startsWith("python"));
  if (library === undefined)
    throw new EmulatorInstallError(`${home} contains no Python library. Delete that folder and try again.`);
  return {
    python: path.join(home, "bin", "python"),
    modelsFolder: path.join(home, "lib", library, "site-packages", "botocore", "data"),
  };
}

async function makeEnvironment(python: string, folder: string): Promise<void> {
  try {
    await run(python, ["-m", "venv", folder]);
  } catch (error) {
    throw new EmulatorInstallError(
      `${python} could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv.\n${output(error)}`,
    );
  }
  try {
    const pip = [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--no-deps",
      "-r",
      requirements,
    ];
    await run(path.join(folder, "bin", "python"), pip, { maxBuffer: 1 << 24 });
  } catch (error) {
    throw new EmulatorInstallError(
      `The emulator could not be installed. Is the Python package index reachable from here?\n${output(error)}`,
    );
  }
}

async function findPython(candidates = ["python3", "python"]): Promise<string> {
  const found: string[] = [];
  for (const candidate of candidates) {
    try {
      const print = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
      const version = (await run(candidate, ["-c", print])).stdout.trim();
      const [major = 0, minor = 0] = version.split(".").map(Number);
      if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return candidate;
      found.push(`${candidate} is Python ${version}`);
    } catch {
      found.push(`${candidate} was not found`);
    }
  }
  throw new EmulatorInstallError(
    `The local organization needs Python ${MINIMUM.join(".")} or newer: ${found.join(", ")}. ` +
      "Install it from python.org or your system's packages, then try again.",
  );
}

/** Temporary folders of killed runs. A recent one may belong to a concurrent run. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith("installing-")) continue;
    const leftover = path.join(folder, name);
    const age = Date.now() - (await stat(leftover).then((found) => found.mtimeMs, Date.now));
    if (age > STALE_MILLISECONDS) await rm(leftover, { recursive: true, force: true });
  }
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

function output(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr ?? message ?? String(error)).trim();
}
