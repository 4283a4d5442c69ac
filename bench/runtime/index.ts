/**
 * What the controls' runtime costs, compared with Cloud Custodian handling the same event against the same emulator: size, loading,
 * handling; and a burst of offending events through the whole local organization.
 */
import { Command } from "commander";
import { zipSync } from "fflate";
import { controls } from "../../controls";
import { bundleControl } from "../../components/lib/bundle";
import { engineFor } from "../../rehearsal/deploy";
import { startOrganizationOf } from "../../rehearsal/organization";
import { readStack, settingsOf } from "../../rehearsal/stack";
import { median, print, round, type Measured } from "../measure";
import { measureOurs } from "./bailiwick";
import { measureBurst } from "./burst";
import { CUSTODIAN, installCustodian, measureCustodian } from "./custodian";
import { CONTROL } from "./public-bucket";

interface RuntimeBenchOptions {
  /** Measured invocations of each. Default 30. */
  invocations?: number;
  /** Offending events at once; 0: none. Default 1,000. */
  burst?: number;
}

async function measureRuntime({ invocations = 30, burst = 1000 }: RuntimeBenchOptions): Promise<Measured> {
  const python = await installCustodian();
  const stack = readStack("local", {
    // The burst is intended, so the account's breaker must not open.
    "bailiwick:breaker": { accountActions: 100_000 },
  });
  const settings = settingsOf(stack);
  const organization = await startOrganizationOf(settings);
  try {
    await engineFor(organization, stack).up();
    const account = settings.members[0]?.id ?? "";
    const ours = await measureOurs(organization, settings.security.id, account, invocations);
    const theirs = await measureCustodian(organization, python, account, invocations);
    const bursted = burst === 0 ? undefined : await measureBurst(organization, settings, burst);
    const codes = await Promise.all(controls.map(({ id }) => bundleControl(id)));
    const sizes = codes.map((code) => zipSync({ "index.mjs": Buffer.from(code) }).length);
    return {
      title: "Runtime of the controls, compared with Cloud Custodian",
      setting: { node: process.version, custodian: CUSTODIAN, control: CONTROL, invocations, burst },
      figures: {
        "bailiwick: zip, KB": kilobytes(ours.bytes),
        "custodian: zip, KB": kilobytes(theirs.bytes),
        "bailiwick: import, ms": round(ours.loaded),
        "custodian: import, ms": round(theirs.loaded),
        "bailiwick: import, processor, ms": round(ours.loadedProcessor),
        "custodian: import, processor, ms": round(theirs.loadedProcessor),
        "bailiwick: one event, ms": round(median(ours.all.map(({ milliseconds }) => milliseconds))),
        "custodian: one event, ms": round(median(theirs.all.map(({ milliseconds }) => milliseconds))),
        "bailiwick: no call under way, ms": round(median(ours.all.map(({ own }) => own))),
        "bailiwick: processor time, ms": round(median(ours.all.map(({ processor }) => processor))),
        "custodian: processor time, ms": round(median(theirs.all.map(({ processor }) => processor))),
        "bailiwick: AWS calls an event": median(ours.all.map(({ calls }) => calls)),
        "bailiwick: memory, MB": round(Math.max(...ours.all.map(({ megabytes }) => megabytes))),
        ...bursted?.figures,
      },
      targets: [
        {
          what: "own time of a warm invocation over its AWS calls, ms",
          figure: median(ours.all.map(({ own }) => own)),
          most: 15,
        },
        { what: "largest zipped bundle, KB", figure: Math.max(...sizes) / 1024, most: 300 },
        { what: "import, ms", figure: ours.loaded, most: 150 },
        ...(bursted?.targets ?? []),
      ],
    };
  } finally {
    await organization.stop();
  }
}

const kilobytes = (bytes: number) => Math.round(bytes / 1024);

export function runtimeBench(): Command {
  return new Command("runtime")
    .description(
      "Size, import and handling time of a control's function, compared with Cloud Custodian for the same event and emulator, and a burst " +
        "of offending events across three accounts.",
    )
    .option("--invocations <number>", "measured invocations of each", Number, 30)
    .option("--burst <number>", "offending events at once; 0: none", Number, 1000)
    .option("--json", "print JSON")
    .action(async (options: { invocations: number; burst: number; json?: boolean }) => {
      print(await measureRuntime(options), options.json === true);
    });
}
