/** `bailiwick down`: ends organizations that are up. */
import { Command } from "commander";
import { CommandError, ExitCode } from "../errors";
import { suggestion } from "../suggestion";
import { endOrganization, runningOrganizations, type RunningOrganization } from "./running";

export function downCommand(): Command {
  return new Command("down")
    .description(
      "Ends organizations that `bailiwick up` keeps on this machine, and waits until they have ended.",
    )
    .argument("[id...]", "only these; `up` prints the id")
    .option("--list", "only list what is up")
    .option("--json", "answer in JSON")
    .action(async (ids: string[], options: { list?: boolean; json?: boolean }) => {
      const running = await runningOrganizations();
      const chosen = choose(running, ids);
      if (!options.list) for (const each of chosen) await endOrganization(each);
      process.stdout.write(
        options.json ? `${toJson(chosen, !options.list)}\n` : toText(chosen, !options.list),
      );
    });
}

function choose(running: RunningOrganization[], ids: readonly string[]): RunningOrganization[] {
  if (ids.length === 0) return running;
  return ids.map((id) => {
    const found = running.find((each) => each.id === id);
    if (found !== undefined) return found;
    const known = running.map((each) => each.id);

    throw new CommandError(
      known.length === 0
        ? `No organization \`${id}\` is up, nor any other.`
        : `No organization \`${id}\` is up. ${suggestion(id, known)}`,
      ExitCode.usage,
    );
  });
}

const toJson = (chosen: RunningOrganization[], ended: boolean) =>
  JSON.stringify(chosen.map(({ id, pid, endpointUrl, since }) => ({ id, pid, endpointUrl, since, ended })));

function toText(chosen: RunningOrganization[], ended: boolean): string {
  if (chosen.length === 0) return "No organization is up.\n";
  return chosen
    .map(
      ({ id, endpointUrl, since }) => `${id}  ${endpointUrl}  up since ${since}${ended ? "  ended" : ""}\n`,
    )
    .join("");
}
