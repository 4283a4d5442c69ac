/** Refuses trails in a Pulumi program that wouldn't log, would leave management events out, or couldn't show that files are genuine. */
import * as v from "valibot";
import { isInputs, isTrue, kindOf, preventionOf, type Inputs, type Judge } from "../lib/prevention";
import { control, parameters, type TrailRequirements } from "./control";
import { selectorFault, type AdvancedSelector, type BasicSelector, type FieldSelector } from "./rule";

const judge: Judge = (inputs, report, args) => {
  const { mayExclude, multiRegion } = args.getConfig<Partial<TrailRequirements>>();
  const settings = v.parse(parameters, { mayExclude, multiRegion });
  if (!isTrue(inputs["enableLogging"], true)) {
    report(
      "The trail would not log. Without it no rule on API calls fires in its account. Omit `enableLogging` or set it to true.",
    );
  }
  if (!isTrue(inputs["enableLogFileValidation"], false)) {
    report(
      "The trail would not validate its log files. Nobody could show later that they are complete and unchanged. Set " +
        "`enableLogFileValidation: true`.",
    );
  }
  if (settings.multiRegion && !isTrue(inputs["isMultiRegionTrail"], false)) {
    report(
      "The trail would cover one region only. Attackers use the regions that nobody watches. Set `isMultiRegionTrail: true`.",
    );
  }
  const basic = listOf(inputs, "eventSelectors", report).map(basicSelector);
  const advanced = listOf(inputs, "advancedEventSelectors", report).map(advancedSelector);
  const fault = selectorFault({ basic, advanced }, settings.mayExclude);
  if (fault !== undefined) {
    report(
      `The trail ${fault}. What it leaves out can be done unnoticed. Add the selector { readWriteType: "All", includeManagementEvents: ` +
        'true }, or with advanced selectors { fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] }.',
    );
  }
};

export const prevention = preventionOf(
  control,
  { "aws:cloudtrail/trail:Trail": judge },
  {
    configSchema: {
      properties: {
        mayExclude: { type: "array", items: { type: "string" }, default: [] },
        multiRegion: { type: "boolean", default: true },
      },
    },
  },
);

function listOf(inputs: Inputs, property: string, report: (message: string) => void): Inputs[] {
  const value = inputs[property];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    report(`\`${property}\` must be a list of selectors, but is ${kindOf(value)}.`);
    return [];
  }
  return (value as unknown[]).filter(isInputs);
}

function basicSelector(selector: Inputs): BasicSelector {
  const { readWriteType, includeManagementEvents, excludeManagementEventSources } = selector;
  return {
    ...(typeof readWriteType === "string" ? { ReadWriteType: readWriteType } : {}),
    IncludeManagementEvents: isTrue(includeManagementEvents, true),
    ExcludeManagementEventSources: texts(excludeManagementEventSources),
  };
}

function advancedSelector({ fieldSelectors }: Inputs): AdvancedSelector {
  const fields = Array.isArray(fieldSelectors) ? (fieldSelectors as unknown[]).filter(isInputs) : [];
  return { FieldSelectors: fields.map(fieldSelector) };
}

function fieldSelector({ field, ...conditions }: Inputs): FieldSelector {
  const selector: FieldSelector = { Field: typeof field === "string" ? field : undefined };
  for (const name of [
    "Equals",
    "StartsWith",
    "EndsWith",
    "NotEquals",
    "NotStartsWith",
    "NotEndsWith",
  ] as const) {
    const values = texts(conditions[`${name[0]?.toLowerCase() ?? ""}${name.slice(1)}`]);
    if (values.length > 0) selector[name] = values;
  }
  return selector;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).map(String) : [];
}
