/** Long because one set of answers of CloudTrail serves every case. */
import {
  CloudTrailClient,
  GetEventSelectorsCommand,
  GetInsightSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  PutEventSelectorsCommand,
  PutInsightSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
  type AdvancedEventSelector,
  type EventSelector,
  type Trail,
} from "@aws-sdk/client-cloudtrail";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import * as v from "valibot";
import type { Evaluation } from "../lib/remediation";
import { CREDENTIALS, eventsOf, reference, sdkError } from "../lib/testing";
import { control, parameters } from "./control";
import { remediation, type TrailBefore } from "./remediate";
import { DATA, MANAGEMENT, S3_DATA, basic, advanced } from "./selectors.cases";

const ARN = "arn:aws:cloudtrail:eu-west-1:210987654321:trail/audit-2026";
const context = {
  resource: reference(control.resourceType, "audit-2026", ARN),
  parameters: v.parse(parameters, {}),
  aws: CREDENTIALS,
};

describe("cloudtrail-trail-logging: which trail an event is about", () => {
  it("finds the trail by name and by ARN, in its home region", () => {
    for (const [name, event] of eventsOf(control.id)) {
      if (!name.startsWith("matching")) continue;
      // One of them was called in us-east-1, with an ARN that says eu-west-1.
      assert.deepEqual(control.resource(event), context.resource, name);
    }
  });

  it("keeps the ARN of another account's trail, as an organization's is for its members", () => {
    assert.deepEqual(control.resource(eventsOf(control.id).get("failed-organization-trail")!), {
      ...context.resource,
      id: "organization",
      arn: "arn:aws:cloudtrail:eu-west-1:109876543210:trail/organization",
    });
  });

  it("is the owner's, if somebody else may change it and did", () => {
    const event = structuredClone(eventsOf(control.id).get("failed-organization-trail")!);
    delete event.detail["errorCode"];
    assert.deepEqual(control.resource(event), {
      ...context.resource,
      account: "109876543210",
      id: "organization",
      arn: "arn:aws:cloudtrail:eu-west-1:109876543210:trail/organization",
    });
  });

  it("accepts no invalid name or ARN, nor one that could widen a policy", () => {
    const hostile: unknown[] = [
      "*",
      "au*",
      "audit${x}",
      "a",
      "-audit",
      'au"dit',
      "audit 2026",
      5,
      null,
      {},
      "arn:aws:cloudtrail:eu-west-1:210987654321:trail/*",
      "arn:aws:cloudtrail:*:210987654321:trail/audit-2026",
      "arn:aws:cloudtrail:eu-west-1:*:trail/audit-2026",
      "arn:*:cloudtrail:eu-west-1:210987654321:trail/audit-2026",
      "arn:aws-cn:cloudtrail:eu-west-1:210987654321:trail/audit-2026",
      "arn:aws:s3:eu-west-1:210987654321:trail/audit-2026",
      "arn:aws:cloudtrail:eu-west-1:210987654321:eventdatastore/audit-2026",
      "arn:aws:cloudtrail:eu-west-1:210987654321:trail/audit-2026:x",
      "arn:aws:cloudtrail",
    ];
    const event = eventsOf(control.id).get("matching-stop-by-name")!;
    for (const name of hostile) {
      const bad = { ...event, detail: { requestParameters: { name: name as string } } };
      assert.equal(control.resource(bad), undefined, JSON.stringify(name));
    }
  });
});

describe("cloudtrail-trail-logging: remediation", () => {
  const cloudTrail = mockClient(CloudTrailClient);
  beforeEach(() => cloudTrail.reset());
  after(() => cloudTrail.restore());

  const GOOD = {
    ReadWriteType: "All",
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  } satisfies EventSelector;
  const read = (
    trail: Partial<Trail> = {},
    logging = true,
    selectors: { EventSelectors?: EventSelector[]; AdvancedEventSelectors?: AdvancedEventSelector[] } = {
      EventSelectors: [GOOD],
    },
  ) => {
    const Trail = {
      Name: "audit-2026",
      TrailARN: ARN,
      IsMultiRegionTrail: true,
      LogFileValidationEnabled: true,
      ...trail,
    };
    cloudTrail.on(GetTrailCommand, { Name: context.resource.arn }).resolves({ Trail });
    cloudTrail.on(GetTrailStatusCommand).resolves({ IsLogging: logging });
    cloudTrail.on(GetEventSelectorsCommand).resolves(selectors);
    return remediation.evaluate(context);
  };
  type Violation = Extract<Evaluation<TrailBefore>, { state: "violation" }>;

  it("finds a trail compliant that logs everything", async () => {
    assert.deepEqual(await read(), {
      state: "compliant",
      why: "The trail logs all management events and validates its log files.",
      after: { logging: true, fileValidation: true, selectors: { basic: [GOOD], advanced: [] } },
    });
  });

  it("finds everything that is wrong at once", async () => {
    const selectors = [{ ...GOOD, ReadWriteType: "WriteOnly" as const }];
    assert.deepEqual(await read({ LogFileValidationEnabled: false }, false, { EventSelectors: selectors }), {
      state: "violation",
      findings: [
        "The trail is not logging.",
        "The trail does not validate its log files.",
        "The trail records only write management events.",
      ],
      before: { logging: false, fileValidation: false, selectors: { basic: selectors, advanced: [] } },
      remedies: [
        "Start logging.",
        "Enable log file validation.",
        "Record all management events, and the same data events as before.",
      ],
    });
  });

  it("takes settings that CloudTrail doesn't return as violations", async () => {
    const { findings } = (await read({ LogFileValidationEnabled: undefined }, undefined)) as Violation;
    assert.deepEqual(findings, ["The trail does not validate its log files."]);
    cloudTrail.on(GetTrailStatusCommand).resolves({});
    assert.deepEqual(
      ((await remediation.evaluate(context)) as Violation).findings[0],
      "The trail is not logging.",
    );
  });

  it("reports a trail of one region, without a remedy", async () => {
    const { findings, remedies } = (await read({ IsMultiRegionTrail: false })) as Violation;
    assert.deepEqual(findings, [
      "The trail covers eu-west-1 only. Make it a multi-region trail if no other trail covers the rest.",
    ]);
    assert.deepEqual(remedies, []);
  });

  it("accepts a trail of one region where the stack says so", async () => {
    await read({ IsMultiRegionTrail: false });
    const settings = { ...context.parameters, multiRegion: false };
    assert.equal((await remediation.evaluate({ ...context, parameters: settings })).state, "compliant");
  });

  it("reports a deleted trail as a violation, not as absent", async () => {
    cloudTrail.on(GetTrailCommand).rejects(sdkError("TrailNotFoundException", "Unknown trail", 404));
    assert.deepEqual(await remediation.evaluate(context), {
      state: "violation",
      findings: [
        "The trail audit-2026 in eu-west-1 no longer exists. Create it again with the same bucket; its files are still there.",
      ],
      before: null,
      remedies: [],
    });
  });

  it("only reports a trail that belongs to another account", async () => {
    const { findings, remedies } = (await read(
      { TrailARN: ARN.replace("210987654321", "109876543210"), IsOrganizationTrail: true },
      false,
    )) as Violation;
    assert.deepEqual(findings, [
      "The trail is not logging.",
      "The trail belongs to account 109876543210 and can be changed there only.",
    ]);
    assert.deepEqual(remedies, []);
  });

  it("throws on what it may not read, instead of calling it compliant", async () => {
    await read();
    cloudTrail.on(GetTrailStatusCommand).rejects(sdkError("AccessDeniedException", "no"));
    await assert.rejects(remediation.evaluate(context), { name: "AccessDeniedException" });
  });

  it("undoes what the fix changed, and stops the trail last, so that all other changes are recorded", async () => {
    const selectors = { basic: [{ ...GOOD, ReadWriteType: "WriteOnly" as const }], advanced: [] };
    await remediation.undo?.(context, { logging: false, fileValidation: false, selectors });
    assert.deepEqual(
      cloudTrail.calls().map(({ args: [command] }) => [command.constructor, command.input]),
      [
        [PutEventSelectorsCommand, { TrailName: ARN, EventSelectors: selectors.basic }],
        [UpdateTrailCommand, { Name: ARN, EnableLogFileValidation: false }],
        [StopLoggingCommand, { Name: ARN }],
      ],
    );
  });

  it("reads the trail's tags", async () => {
    cloudTrail
      .on(ListTagsCommand, { ResourceIdList: [ARN] })
      .resolves({ ResourceTagList: [{ TagsList: [{ Key: "a", Value: "1" }] }] });
    assert.deepEqual(await remediation.tags?.(context), { a: "1" });
  });

  const fix = async (before: TrailBefore, given: Parameters<typeof remediation.fix>[0] = context) => {
    cloudTrail.onAnyCommand().resolves({});
    await remediation.fix(given, { state: "violation", findings: [], before, remedies: ["x"] });
    return cloudTrail.calls().map((call) => [call.args[0].constructor, call.args[0].input]);
  };

  it("starts a stopped trail, and does nothing else to it", async () => {
    const before = { logging: false, fileValidation: true, selectors: basic(GOOD) };
    assert.deepEqual(await fix(before), [[StartLoggingCommand, { Name: ARN }]]);
  });

  it("starts the trail before it changes settings, so that the changes are recorded", async () => {
    const before = {
      logging: false,
      fileValidation: false,
      selectors: basic({ ...GOOD, IncludeManagementEvents: false, DataResources: [DATA] }),
    };
    assert.deepEqual(await fix(before), [
      [StartLoggingCommand, { Name: ARN }],
      [UpdateTrailCommand, { Name: ARN, EnableLogFileValidation: true }],
      [PutEventSelectorsCommand, { TrailName: ARN, EventSelectors: [{ ...GOOD, DataResources: [DATA] }] }],
    ]);
  });

  it("restores advanced selectors as advanced ones", async () => {
    const before = { logging: true, fileValidation: true, selectors: advanced(S3_DATA) };
    const all = { Name: "All management events", FieldSelectors: [MANAGEMENT] };
    assert.deepEqual(await fix(before), [
      [PutEventSelectorsCommand, { TrailName: ARN, AdvancedEventSelectors: [all, S3_DATA] }],
    ]);
  });

  it("leaves a deleted trail alone", async () => assert.deepEqual(await fix(null), []));

  it("reports deliveries that fail, without a remedy", async () => {
    await read();
    cloudTrail.on(GetTrailStatusCommand).resolves({
      IsLogging: true,
      LatestDeliveryError: "AccessDenied",
      LatestDigestDeliveryError: "NoSuchBucket",
    });
    const found = (await remediation.evaluate(context)) as Violation;
    assert.deepEqual(
      [found.findings, found.remedies],
      [
        [
          "CloudTrail can't deliver its log files: AccessDenied. Check the policies of bucket and key.",
          "CloudTrail can't deliver its digest files: NoSuchBucket. Check the policies of bucket and key.",
        ],
        [],
      ],
    );
  });

  it("says so if a trail of one region leaves out global services, too", async () => {
    const { findings } = (await read({
      IsMultiRegionTrail: false,
      IncludeGlobalServiceEvents: false,
    })) as Violation;
    assert.deepEqual(findings, [
      "The trail covers eu-west-1 only, without the events of global services such as IAM. Make it a multi-region trail if no other " +
        "trail covers the rest.",
    ]);
  });

  describe("of a trail that somebody diverted", () => {
    const by = (name: string, requestParameters: Record<string, string | boolean>, identity = {}) => {
      const event = structuredClone(eventsOf(control.id).get(name)!);
      Object.assign(
        event.detail,
        { requestParameters: { name: "audit-2026", ...requestParameters } },
        identity,
      );
      return { ...context, event };
    };
    const OWN = {
      userIdentity: {
        type: "AssumedRole",
        arn: "arn:aws:sts::210987654321:assumed-role/bailiwick-cloudtrail-trail-logging/1-cloudtrail",
      },
    };

    it("reports what the call says, while the trail is still so", async () => {
      await read({ S3BucketName: "eve", S3KeyPrefix: "x", KmsKeyId: "arn:key", IsOrganizationTrail: false });
      const asked = { s3BucketName: "eve", kmsKeyId: "arn:key", isOrganizationTrail: false };
      const found = (await remediation.evaluate(by("matching-update", asked))) as Violation;
      assert.deepEqual(
        [found.findings, found.remedies],
        [
          [
            "The call ended the recording of the organization's member accounts.",
            "The call says that its log files go to eve/x.",
            "The call says that its log files are encrypted with arn:key.",
          ],
          [],
        ],
      );
      await read({ S3BucketName: "harbour-logs", IsOrganizationTrail: true });
      assert.equal((await remediation.evaluate(by("matching-update", asked))).state, "compliant");
    });

    it("reports nothing of a call about something else, nor of a control's own", async () => {
      await read({ S3BucketName: "harbour-logs" });
      for (const given of [
        by("matching-update", { enableLogFileValidation: true }),
        by("matching-selectors", { s3BucketName: "harbour-logs" }),
        by("matching-update", { s3BucketName: "harbour-logs" }, OWN),
      ])
        assert.equal((await remediation.evaluate(given)).state, "compliant");
    });

    it("doesn't take a control that changed the trail for who deleted it afterwards", async () => {
      cloudTrail.on(GetTrailCommand).rejects(sdkError("TrailNotFoundException", "Unknown trail", 404));
      assert.deepEqual(await remediation.evaluate(by("matching-update", {}, OWN)), { state: "absent" });
      assert.equal((await remediation.evaluate(by("matching-update", {}))).state, "violation");
    });
  });

  describe("of the organization's own trail", () => {
    const KEY = "arn:aws:kms:eu-west-1:555566667777:key/1";
    const trail = { arn: ARN, bucket: "bailiwick-logs", keyArn: KEY, insights: ["ApiCallRateInsight"] };
    const own = { ...context, organization: { id: "o-exampleorgid", accounts: [], trail } };
    const intact: Partial<Trail> = {
      S3BucketName: trail.bucket,
      KmsKeyId: KEY,
      IsOrganizationTrail: true,
      IncludeGlobalServiceEvents: true,
    };
    const evaluate = async (
      change: Partial<Trail> = {},
      insights: "ApiCallRateInsight"[] = ["ApiCallRateInsight"],
    ) => {
      await read({ ...intact, ...change });
      cloudTrail
        .on(GetInsightSelectorsCommand)
        .resolves({ InsightSelectors: insights.map((InsightType) => ({ InsightType })) });
      return remediation.evaluate(own);
    };
    const settings = {
      bucket: trail.bucket,
      keyArn: KEY,
      organization: true,
      multiRegion: true,
      globalEvents: true,
      insights: ["ApiCallRateInsight"],
    };

    it("is compliant while it keeps everything", async () => {
      const found = await evaluate();
      assert.deepEqual(found.state === "compliant" && found.after?.settings, settings);
    });

    const narrowed: [string, Partial<Trail>, string, string][] = [
      [
        "members left out",
        { IsOrganizationTrail: false },
        "The trail no longer records the organization's member accounts.",
        "Make it the organization's trail again.",
      ],
      [
        "one region only",
        { IsMultiRegionTrail: false },
        "The organization's trail covers one region only.",
        "Make it record every region again.",
      ],
      [
        "global services left out",
        { IncludeGlobalServiceEvents: false },
        "The organization's trail leaves out the events of global services, such as IAM.",
        "Make it record the events of global services again.",
      ],
      [
        "another bucket",
        { S3BucketName: "eve" },
        "The trail's log files go to eve instead of bailiwick-logs.",
        "Deliver its log files to bailiwick-logs again.",
      ],
      [
        "a prefix",
        { S3KeyPrefix: "x" },
        "The trail's log files go to bailiwick-logs/x instead of bailiwick-logs.",
        "Deliver its log files to bailiwick-logs again.",
      ],
      [
        "another key",
        { KmsKeyId: "arn:key" },
        `The trail's log files are encrypted with arn:key instead of ${KEY}.`,
        "Encrypt its log files with the organization's key again.",
      ],
      [
        "no key",
        { KmsKeyId: undefined },
        `The trail's log files are encrypted with no key of the organization's instead of ${KEY}.`,
        "Encrypt its log files with the organization's key again.",
      ],
    ];
    for (const [what, change, finding, remedy] of narrowed)
      it(`is restored and can be undone: ${what}`, async () => {
        const found = (await evaluate(change)) as Violation;
        assert.deepEqual([found.findings, found.remedies], [[finding], [remedy]]);
        assert.deepEqual((await fix(found.before, own)).at(-1), [
          UpdateTrailCommand,
          {
            Name: ARN,
            S3BucketName: trail.bucket,
            S3KeyPrefix: "",
            KmsKeyId: KEY,
            IsOrganizationTrail: true,
            IsMultiRegionTrail: true,
            IncludeGlobalServiceEvents: true,
            EnableLogFileValidation: true,
          },
        ]);
        cloudTrail.resetHistory();
        await remediation.undo?.(own, found.before);
        const [undone] = cloudTrail.commandCalls(UpdateTrailCommand).map(({ args }) => args[0].input);
        assert.equal(undone?.IsOrganizationTrail, change.IsOrganizationTrail ?? true);
        assert.equal(undone?.S3BucketName, change.S3BucketName ?? trail.bucket);
        assert.equal(undone?.S3KeyPrefix, change.S3KeyPrefix ?? "");
      });

    it("looks for its Insights again", async () => {
      const found = (await evaluate({}, [])) as Violation;
      assert.deepEqual(found.findings, ["The trail no longer looks for ApiCallRateInsight."]);
      assert.deepEqual((await fix(found.before, own)).at(-1), [
        PutInsightSelectorsCommand,
        { TrailName: ARN, InsightSelectors: [{ InsightType: "ApiCallRateInsight" }] },
      ]);
      await evaluate();
      cloudTrail.on(GetInsightSelectorsCommand).rejects(sdkError("InsightNotEnabledException"));
      assert.equal((await remediation.evaluate(own)).state, "violation");
    });
  });
});
