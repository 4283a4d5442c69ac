/** Lists the files that a backtest reads: those that are named, and in folders those with names of logs. */
import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, ExitCode } from "../../errors";

const logName = /\.(json|jsonl|ndjson|gz|log|txt)$/i;

export interface Listing {
  /** Files in folders without names of logs, by extension; files named on the command line are always read. */
  ignored: Map<string, number>;
  /** Folders and files that can't be read, with the reason. */
  unreadable: Map<string, string>;
}

/**
 * The files under the paths, one at a time: a history can have millions.
 * @throws CommandError when a path doesn't exist
 */
export async function* logFiles(paths: readonly string[], listing: Listing): AsyncGenerator<string> {
  for (const path of paths) {
    if (/^s3:/i.test(path)) {
      const message = `${path}: log files are read from this machine. Copy them first: aws s3 sync ${path} <folder>`;
      throw new CommandError(message, ExitCode.usage);
    }
    const found = await stat(path).catch((error: unknown) => {
      const reason =
        error instanceof Error && "code" in error && error.code === "ENOENT"
          ? "doesn't exist"
          : String(error);
      throw new CommandError(`${path}: ${reason}`, ExitCode.usage);
    });
    if (found.isDirectory()) yield* inFolder(path, listing);
    else yield path;
  }
}

/** `above`: the folders around this one, by device and inode, since a link can lead back to one. */
async function* inFolder(
  folder: string,
  listing: Listing,
  above: readonly string[] = [],
): AsyncGenerator<string> {
  const own = await stat(folder, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => folder,
  );
  if (above.includes(own)) return;
  const entries = await opendir(folder).catch((error: unknown) => {
    listing.unreadable.set(folder, error instanceof Error ? error.message : String(error));
  });
  if (!entries) return;
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(path)));
    if (isFolder) yield* inFolder(path, listing, [...above, own]);
    else if (logName.test(entry.name)) yield path;
    else {
      const ending = /\.[^.]*$/.exec(entry.name)?.[0] ?? "(no ending)";
      listing.ignored.set(ending, (listing.ignored.get(ending) ?? 0) + 1);
    }
  }
}

/** A dangling link counts as a file: reading it reports the error. */
async function leadsToFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
