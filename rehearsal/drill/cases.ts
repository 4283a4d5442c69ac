/**
 * The drills of a stack: every control that is on, in every member account and governed region, or a selection of them. Global
 * resources are drilled in the region where global services report.
 */
import { isReportOnly } from "../../controls/lib/control";
import { findDrill } from "../../controls";
import { globalServicesRegion } from "@bailiwick/aws-events/partitions";
import type { Settings } from "../../config";
import type { DrillCase } from "./types";

/** The drills to run; a field that is left out means all. */
export interface Selection {
  controls?: readonly string[];
  /** Names or ids of member accounts. */
  accounts?: readonly string[];
  regions?: readonly string[];
}

/** The selection names something that the stack doesn't have. */
export class UnknownSelectionError extends Error {
  override name = "UnknownSelectionError";
  constructor(
    readonly kind: "control" | "member account" | "region",
    readonly wanted: string,
    /** The names that exist. */
    readonly known: readonly string[],
  ) {
    super(`There is no ${kind} \`${wanted}\` in the stack.`);
  }
}

/**
 * @returns the cases by control, account and region, in the stack's order. A control has none in an account where it is off or if it
 * has no drill; one that needs CloudTrail Insights has some only if the trail has them.
 * @throws UnknownSelectionError
 */
export function drillCases(
  settings: Pick<Settings, "controls" | "members" | "regions" | "partition" | "trail">,
  selection: Selection = {},
): DrillCase[] {
  const ids = settings.controls.map(({ control }) => control.id);
  known("control", selection.controls, ids);
  const accounts = settings.members.flatMap(({ name, id }) => [name, id]);
  known("member account", selection.accounts, accounts);
  known("region", selection.regions, settings.regions);
  const wants = (wanted: readonly string[] | undefined, ...names: string[]) =>
    wanted === undefined || wanted.length === 0 || names.some((name) => wanted.includes(name));
  const hasInsights = settings.trail.insights.includes("ApiCallRateInsight");
  return settings.controls
    .filter(({ control }) => wants(selection.controls, control.id))
    .filter(({ control }) => hasInsights || findDrill(control.id)?.needsInsights !== true)
    .flatMap(({ control, mode, accountModes, parameters }) =>
      settings.members
        .filter(({ name, id }) => wants(selection.accounts, name, id))
        .flatMap((account) =>
          settings.regions
            .filter((region) => wants(selection.regions, region))
            .filter((region) => !control.global || region === globalServicesRegion(settings.partition))
            .flatMap((region): DrillCase[] => {
              const drill = findDrill(control.id);
              const here = accountModes[account.id] ?? mode;
              if (drill === undefined || here === "off") return [];
              return [
                {
                  control,
                  drill,
                  parameters,
                  mode: isReportOnly(control) ? "notify" : here,
                  account,
                  region,
                },
              ];
            }),
        ),
    );
}

function known(
  kind: UnknownSelectionError["kind"],
  wanted: readonly string[] = [],
  names: readonly string[],
): void {
  for (const each of wanted) if (!names.includes(each)) throw new UnknownSelectionError(kind, each, names);
}
