import assert from "node:assert/strict";
import { restoredSelectors, selectorFault, type Selectors } from "./rule";
import { DATA, MANAGEMENT, S3_DATA, basic, advanced } from "./selectors.cases";

describe("cloudtrail-trail-logging: the rule on selectors", () => {
  const cases: [string, Selectors, string | undefined][] = [
    ["none, which is CloudTrail's default", basic(), undefined],
    ["all", basic({ ReadWriteType: "All", IncludeManagementEvents: true }), undefined],
    ["a selector of defaults", basic({}), undefined],
    [
      "reads and writes by two selectors",
      basic(
        { ReadWriteType: "ReadOnly", IncludeManagementEvents: true },
        { ReadWriteType: "WriteOnly", IncludeManagementEvents: true },
      ),
      undefined,
    ],
    [
      "all, beside data events",
      basic({ ReadWriteType: "ReadOnly", IncludeManagementEvents: false, DataResources: [DATA] }, {}),
      undefined,
    ],
    [
      "writes only",
      basic({ ReadWriteType: "WriteOnly", IncludeManagementEvents: true }),
      "records only write management events",
    ],
    [
      "reads only",
      basic({ ReadWriteType: "ReadOnly", IncludeManagementEvents: true }),
      "records only read management events",
    ],
    [
      "data events only",
      basic({ IncludeManagementEvents: false, DataResources: [DATA] }),
      "records no management events",
    ],
    [
      "all but KMS",
      basic({ ExcludeManagementEventSources: ["kms.amazonaws.com"] }),
      "leaves out the management events of kms.amazonaws.com",
    ],
    ["all, as advanced selector", advanced({ FieldSelectors: [MANAGEMENT] }, S3_DATA), undefined],
    [
      "reads and writes by two advanced selectors",
      advanced(
        { FieldSelectors: [MANAGEMENT, { Field: "readOnly", Equals: ["true"] }] },
        { FieldSelectors: [MANAGEMENT, { Field: "readOnly", Equals: ["false"] }] },
      ),
      undefined,
    ],
    [
      "writes only, as advanced selector",
      advanced({ FieldSelectors: [MANAGEMENT, { Field: "readOnly", Equals: ["false"] }] }),
      "records only write management events",
    ],
    ["data events only, as advanced selector", advanced(S3_DATA), "records no management events"],
    [
      "all but KMS, as advanced selector",
      advanced({ FieldSelectors: [MANAGEMENT, { Field: "eventSource", NotEquals: ["kms.amazonaws.com"] }] }),
      "leaves out the management events of kms.amazonaws.com",
    ],
    [
      "one service, as advanced selector",
      advanced({ FieldSelectors: [MANAGEMENT, { Field: "eventSource", Equals: ["iam.amazonaws.com"] }] }),
      "records only some management events",
    ],
    [
      "one user's, as advanced selector",
      advanced({
        FieldSelectors: [
          MANAGEMENT,
          { Field: "userIdentity.arn", StartsWith: ["arn:aws:iam::210987654321:user/"] },
        ],
      }),
      "records only some management events",
    ],
    [
      "advanced selectors without fields",
      advanced({ FieldSelectors: undefined }),
      "records no management events",
    ],
  ];
  for (const [what, selectors, fault] of cases) {
    it(`${fault === undefined ? "accepts" : "refuses"} ${what}`, () =>
      assert.equal(selectorFault(selectors, []), fault));
    if (fault !== undefined) {
      it(`knows how to restore ${what}`, () =>
        assert.equal(selectorFault(restoredSelectors(selectors, []), []), undefined));
    }
  }

  it("allows the configured sources to be left out, and still leaves them out when it restores", () => {
    const excluding = {
      ReadWriteType: "WriteOnly",
      ExcludeManagementEventSources: ["kms.amazonaws.com", "rdsdata.amazonaws.com"],
    };
    assert.equal(
      selectorFault(basic({ ...excluding, ReadWriteType: "All" }), excluding.ExcludeManagementEventSources),
      undefined,
    );
    assert.deepEqual(restoredSelectors(basic(excluding), ["kms.amazonaws.com"]).basic, [
      {
        ReadWriteType: "All",
        IncludeManagementEvents: true,
        DataResources: [],
        ExcludeManagementEventSources: ["kms.amazonaws.com"],
      },
    ]);
    const restored = restoredSelectors(
      advanced({
        FieldSelectors: [
          MANAGEMENT,
          { Field: "eventSource", NotEquals: ["kms.amazonaws.com"] },
          { Field: "readOnly", Equals: ["true"] },
        ],
      }),
      ["kms.amazonaws.com"],
    );
    assert.deepEqual(restored.advanced, [
      {
        Name: "All management events",
        FieldSelectors: [MANAGEMENT, { Field: "eventSource", NotEquals: ["kms.amazonaws.com"] }],
      },
    ]);
  });

  it("lets a selector of all data events carry the management events", () => {
    const objects = {
      ReadWriteType: "All",
      IncludeManagementEvents: false,
      DataResources: [DATA],
      ExcludeManagementEventSources: [],
    };
    assert.deepEqual(restoredSelectors(basic(objects), []).basic, [
      { ...objects, IncludeManagementEvents: true },
    ]);
  });

  it("records no more data events than before", () => {
    const reads = {
      ReadWriteType: "ReadOnly",
      IncludeManagementEvents: true,
      DataResources: [DATA],
      ExcludeManagementEventSources: [],
    };
    assert.deepEqual(restoredSelectors(basic(reads), []).basic, [
      {
        ReadWriteType: "All",
        IncludeManagementEvents: true,
        DataResources: [],
        ExcludeManagementEventSources: [],
      },
      { ...reads, IncludeManagementEvents: false },
    ]);
  });

  it("stays within five selectors", () => {
    const five = ["a", "b", "c", "d", "e"].map((name) => ({
      ReadWriteType: "ReadOnly",
      IncludeManagementEvents: false,
      DataResources: [{ ...DATA, Values: [`arn:aws:s3:::${name}/`] }],
    }));
    const restored = restoredSelectors(basic(...five), []);
    assert.equal(restored.basic.length, 5);
    assert.equal(selectorFault(restored, []), undefined);
    assert.deepEqual(
      restored.basic.map(({ DataResources }) => DataResources),
      five.map(({ DataResources }) => DataResources),
    );
  });

  it("keeps advanced data selectors as they are", () => {
    assert.deepEqual(
      restoredSelectors(
        advanced(S3_DATA, { FieldSelectors: [MANAGEMENT, { Field: "readOnly", Equals: ["true"] }] }),
        [],
      ).advanced,
      [{ Name: "All management events", FieldSelectors: [MANAGEMENT] }, S3_DATA],
    );
  });
});
