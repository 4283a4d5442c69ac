import assert from "node:assert/strict";
import { reports, UNKNOWN } from "../lib/testing";
import { prevention } from "./prevent";

describe("cloudtrail-trail-logging: prevention", () => {
  const TYPE = "aws:cloudtrail/trail:Trail";
  const good = { s3BucketName: "audit", enableLogFileValidation: true, isMultiRegionTrail: true };

  it("lets a complete trail pass", () => {
    assert.deepEqual(reports(prevention, TYPE, good), []);
    assert.deepEqual(
      reports(prevention, TYPE, {
        ...good,
        enableLogging: true,
        eventSelectors: [{ readWriteType: "All", includeManagementEvents: true }],
      }),
      [],
    );
    const fieldSelectors = [{ field: "eventCategory", equals: ["Management"] }];
    assert.deepEqual(
      reports(prevention, TYPE, { ...good, advancedEventSelectors: [{ name: "all", fieldSelectors }] }),
      [],
    );
  });

  it("refuses a trail that would not log", () => {
    assert.deepEqual(reports(prevention, TYPE, { ...good, enableLogging: false }), [
      "The trail would not log. Without it no rule on API calls fires in its account. Omit `enableLogging` or set it to true.",
    ]);
  });

  it("refuses absent settings whose defaults violate the control", () => {
    assert.deepEqual(reports(prevention, TYPE, { s3BucketName: "audit" }), [
      "The trail would not validate its log files. Nobody could show later that they are complete and unchanged. Set `enableLogFileValidation: true`.",
      "The trail would cover one region only. Attackers use the regions that nobody watches. Set `isMultiRegionTrail: true`.",
    ]);
  });

  const HOW =
    'What it leaves out can be done unnoticed. Add the selector { readWriteType: "All", includeManagementEvents: true }, or with advanced ' +
    'selectors { fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] }.';

  it("refuses selectors that leave management events out", () => {
    assert.deepEqual(
      reports(prevention, TYPE, { ...good, eventSelectors: [{ readWriteType: "WriteOnly" }] }),
      [`The trail records only write management events. ${HOW}`],
    );
    const data = [{ field: "eventCategory", equals: ["Data"] }];
    assert.deepEqual(
      reports(prevention, TYPE, { ...good, advancedEventSelectors: [{ fieldSelectors: data }] }),
      [`The trail records no management events. ${HOW}`],
    );
    const some = [
      { field: "eventCategory", equals: ["Management"] },
      { field: "eventSource", notEquals: ["iam.amazonaws.com"] },
    ];
    assert.deepEqual(
      reports(prevention, TYPE, { ...good, advancedEventSelectors: [{ fieldSelectors: some }] }),
      [`The trail leaves out the management events of iam.amazonaws.com. ${HOW}`],
    );
  });

  it("allows the configured sources to be left out", () => {
    const eventSelectors = [{ excludeManagementEventSources: ["kms.amazonaws.com"] }];
    assert.equal(reports(prevention, TYPE, { ...good, eventSelectors }).length, 1);
    assert.deepEqual(
      reports(prevention, TYPE, { ...good, eventSelectors }, { mayExclude: ["kms.amazonaws.com"] }),
      [],
    );
  });

  it("accepts a trail of one region where the configuration says so", () => {
    assert.deepEqual(
      reports(prevention, TYPE, { ...good, isMultiRegionTrail: false }, { multiRegion: false }),
      [],
    );
  });

  it("leaves what a preview doesn't know to the SDK", () => {
    assert.deepEqual(reports(prevention, TYPE, { ...good, enableLogging: UNKNOWN }), [
      "thrown: string value at .enableLogging can't be known during preview",
    ]);
  });

  it("refuses inputs of wrong types", () => {
    assert.deepEqual(reports(prevention, TYPE, { ...good, eventSelectors: "All" }), [
      "`eventSelectors` must be a list of selectors, but is of type string.",
    ]);
    assert.equal(reports(prevention, TYPE, { ...good, isMultiRegionTrail: "yes" }).length, 1);
  });

  it("reports nothing about other resources", () => {
    assert.deepEqual(reports(prevention, "aws:cloudtrail/eventDataStore:EventDataStore", {}), []);
  });
});
