/**
 * Checks whether event selectors record all management events, and makes them do so without changing their data events.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html
 */

/** A basic selector in CloudTrail's words; absent fields have CloudTrail's defaults. */
export interface BasicSelector {
  ReadWriteType?: string;
  IncludeManagementEvents?: boolean;
  DataResources?: { Type?: string; Values?: string[] }[];
  ExcludeManagementEventSources?: string[];
}

export interface FieldSelector {
  Field: string | undefined;
  Equals?: string[];
  StartsWith?: string[];
  EndsWith?: string[];
  NotEquals?: string[];
  NotStartsWith?: string[];
  NotEndsWith?: string[];
}

export interface AdvancedSelector {
  Name?: string;
  FieldSelectors: FieldSelector[] | undefined;
}

/** A trail has one kind; both empty is CloudTrail's default, which records all management events. */
export interface Selectors {
  basic: BasicSelector[];
  advanced: AdvancedSelector[];
}

/** Which management events are missing, as a phrase after "the trail"; undefined if none are. */
export function selectorFault(
  { basic, advanced }: Selectors,
  mayExclude: readonly string[],
): string | undefined {
  if (basic.length === 0 && advanced.length === 0) return undefined;
  const recorded = [
    ...basic.map((selector) => basicCoverage(selector)),
    ...advanced.map(advancedCoverage),
  ].filter((coverage) => coverage !== undefined);
  if (recorded.length === 0) return "records no management events";
  const complete = recorded.filter(
    ({ narrowed, excluded }) => !narrowed && excluded.every((source) => mayExclude.includes(source)),
  );
  const reads = complete.some(({ read }) => read);
  const writes = complete.some(({ write }) => write);
  if (reads && writes) return undefined;
  const left = [...new Set(recorded.flatMap(({ excluded }) => excluded))].filter(
    (source) => !mayExclude.includes(source),
  );
  if (left.length > 0) return `leaves out the management events of ${left.join(", ")}`;
  if (recorded.some(({ narrowed }) => narrowed)) return "records only some management events";
  return `records only ${reads ? "read" : "write"} management events`;
}

/** Selectors that record all management events and the same data events, with as few changes as possible. */
export function restoredSelectors({ basic, advanced }: Selectors, mayExclude: readonly string[]): Selectors {
  const excluded = [
    ...basic.flatMap((selector) => selector.ExcludeManagementEventSources ?? []),
    ...advanced.flatMap(excludedSources),
  ];
  const kept = [...new Set(excluded)].filter((source) => mayExclude.includes(source));
  if (advanced.length > 0) {
    const others = advanced.filter((selector) => !isManagement(selector));
    return { basic: [], advanced: [managementSelector(kept), ...others] };
  }
  // A selector without its management events keeps its data events, whose ReadWriteType must stay.
  const data = basic
    .filter(({ DataResources: resources }) => resources !== undefined && resources.length > 0)
    .map((selector) => ({
      ...selector,
      IncludeManagementEvents: false,
      ExcludeManagementEventSources: [] as string[],
    }));
  const carrier = data.find(({ ReadWriteType: type }) => (type ?? "All") === "All");
  if (carrier) {
    carrier.IncludeManagementEvents = true;
    carrier.ExcludeManagementEventSources = kept;
    return { basic: data, advanced: [] };
  }
  const management = {
    ReadWriteType: "All",
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: kept,
  };
  if (data.length < MOST_BASIC_SELECTORS) return { basic: [management, ...data], advanced: [] };
  // No room for another selector: recording more data events is better than missing management events.
  const [first, ...rest] = data;
  return {
    basic: [{ ...first, ...management, DataResources: first?.DataResources ?? [] }, ...rest],
    advanced: [],
  };
}

/** CloudTrail's limit per trail. */
const MOST_BASIC_SELECTORS = 5;

interface Coverage {
  read: boolean;
  write: boolean;
  /** By anything except read or write and the excluded sources. */
  narrowed: boolean;
  excluded: string[];
}

function basicCoverage(selector: BasicSelector): Coverage | undefined {
  if (selector.IncludeManagementEvents === false) return undefined;
  const type = selector.ReadWriteType ?? "All";
  return {
    read: type !== "WriteOnly",
    write: type !== "ReadOnly",
    narrowed: false,
    excluded: selector.ExcludeManagementEventSources ?? [],
  };
}

function advancedCoverage(selector: AdvancedSelector): Coverage | undefined {
  if (!isManagement(selector)) return undefined;
  const fields = (selector.FieldSelectors ?? []).filter(({ Field: field }) => field !== "eventCategory");
  const readOnly = fields.find(({ Field: field }) => field === "readOnly")?.Equals ?? ["true", "false"];
  const understood = fields.every((field) => field.Field === "readOnly" || onlyExcludes(field));
  return {
    read: readOnly.includes("true"),
    write: readOnly.includes("false"),
    narrowed: !understood,
    excluded: excludedSources(selector),
  };
}

function isManagement({ FieldSelectors: fields }: AdvancedSelector): boolean {
  return (
    fields?.some((field) => field.Field === "eventCategory" && field.Equals?.includes("Management")) ?? false
  );
}

function onlyExcludes(field: FieldSelector): boolean {
  const { Field, NotEquals, ...others } = field;
  return (
    Field === "eventSource" &&
    NotEquals !== undefined &&
    Object.values(others).every((values) => !values?.length)
  );
}

function excludedSources({ FieldSelectors: fields }: AdvancedSelector): string[] {
  return (fields ?? []).flatMap((field) => (field.Field === "eventSource" ? (field.NotEquals ?? []) : []));
}

function managementSelector(excluded: string[]): AdvancedSelector {
  const sources = excluded.length === 0 ? [] : [{ Field: "eventSource", NotEquals: excluded }];
  return {
    Name: "All management events",
    FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }, ...sources],
  };
}
