/** Every control finds its resource in each form in which an event may name it, and in the account that owns it. */
import assert from "node:assert/strict";
import type { EventBridgeEvent, Json } from "@bailiwick/aws-events/record";
import { controlById, controls } from ".";
import { userOf } from "./lib/named-user";
import { resourceFrom, TABLE, USER } from "./lib/resources";
import { eventsOf } from "./lib/testing";

const CALLER = "210987654321";
const OWNER = "109876543210";

type Detail = Record<string, Json>;

/** An event of the control with these parts of its detail replaced. */
function eventWith(id: string, name: string, change: Detail): EventBridgeEvent {
  const event = structuredClone(eventsOf(id).get(name)!);
  Object.assign(event.detail, change);
  return event;
}

const asked = (requestParameters: Detail, rest: Detail = {}): Detail => ({
  responseElements: null,
  requestParameters,
  ...rest,
});
const listed = (ARN: string, type: string, accountId = OWNER): Detail => ({
  resources: [{ ARN, type, accountId }],
});

const UUID = "0c6f2c5e-7a41-4a9d-9f6e-3b1d8c2a7e55";

/** By control and event: what is written how, and the id, the account and the region that it must lead to. */
const FORMS: [string, string, [string, Detail, string, string?, string?][]][] = [
  [
    "cloudfront-distribution-change-reported",
    "matching-update",
    [
      ["by its ARN", asked({ id: `arn:aws:cloudfront::${CALLER}:distribution/E2EXAMPLE1` }), "E2EXAMPLE1"],
      [
        "as the target of a name",
        asked({ targetDistributionId: "E2EXAMPLE1", alias: "www.example.org" }),
        "E2EXAMPLE1",
      ],
      [
        "as the target of a domain",
        asked({ targetResource: { distributionId: "E2EXAMPLE1" } }),
        "E2EXAMPLE1",
      ],
      [
        "as a target that is a tenant",
        asked({ targetResource: { distributionTenantId: "dt_2example" } }),
        "dt_2example",
      ],
      [
        "as a tenant",
        asked({ id: "dt_2example" }, { eventName: "DeleteDistributionTenant2020_05_31" }),
        "dt_2example",
      ],
      [
        "as the copy, not the original",
        {
          eventName: "CopyDistribution2020_05_31",
          requestParameters: { primaryDistributionId: "E1EXAMPLE1" },
          responseElements: { distribution: { id: "E2EXAMPLE1" } },
        },
        "E2EXAMPLE1",
      ],
    ],
  ],
  [
    "cloudtrail-trail-logging",
    "matching-stop-by-name",
    [
      [
        "by its ARN of another region",
        asked({ name: `arn:aws:cloudtrail:us-east-1:${CALLER}:trail/audit` }),
        "audit",
        CALLER,
        "us-east-1",
      ],
      [
        "by the ARN of another account's trail",
        asked({ name: `arn:aws:cloudtrail:eu-west-1:${OWNER}:trail/audit` }),
        "audit",
        OWNER,
      ],
      ["as trailName", asked({ trailName: "audit" }, { eventName: "PutInsightSelectors" }), "audit"],
    ],
  ],
  ...["dynamodb-table-cost-reported", "dynamodb-table-created-by-pipeline"].map(
    (id): (typeof FORMS)[number] => [
      id,
      id.includes("cost") ? "matching-on-demand" : "matching-by-hand",
      [
        [
          "by its ARN as name",
          asked({ tableName: `arn:aws:dynamodb:eu-west-1:${CALLER}:table/berths` }),
          "berths",
        ],
        [
          "by another account's ARN",
          asked({ tableName: `arn:aws:dynamodb:eu-west-1:${OWNER}:table/berths` }),
          "berths",
          OWNER,
        ],
        [
          "in an import",
          asked({ tableCreationParameters: { tableName: "berths" } }, { eventName: "ImportTable" }),
          "berths",
        ],
        [
          "as the target of a restore",
          asked(
            { sourceTableName: "old", targetTableName: "berths" },
            { eventName: "RestoreTableToPointInTime" },
          ),
          "berths",
        ],
        [
          "in another account, as CloudTrail lists it",
          asked(
            { tableName: "berths" },
            listed(`arn:aws:dynamodb:eu-west-1:${OWNER}:table/berths`, "AWS::DynamoDB::Table"),
          ),
          "berths",
          OWNER,
        ],
      ],
    ],
  ),
  [
    "lambda-event-source-enabled",
    "matching-disable",
    [
      ["as uuid", asked({ uuid: UUID }), UUID],
      [
        "by its ARN",
        asked({ uUID: `arn:aws:lambda:eu-west-1:${CALLER}:event-source-mapping:${UUID}` }),
        UUID,
      ],
      ["in the answer only", { requestParameters: null, responseElements: { uUID: UUID } }, UUID],
    ],
  ],
  [
    "rds-database-deletion-reported",
    "matching-no-snapshot",
    [
      ["in capitals", asked({ dBInstanceIdentifier: "Harbour-DB" }), "harbour-db"],
      [
        "by its ARN",
        asked({ dBInstanceIdentifier: `arn:aws:rds:eu-west-1:${CALLER}:db:harbour-db` }),
        "harbour-db",
      ],
      [
        "as a cluster in capitals",
        asked({ dBClusterIdentifier: "Fleet" }, { eventName: "DeleteDBCluster" }),
        "fleet",
      ],
    ],
  ],
  [
    "route53-zone-change-reported",
    "matching-mail",
    [
      ["with its path", asked({ hostedZoneId: "/hostedzone/Z1EXAMPLE" }), "Z1EXAMPLE"],
      ["by its ARN", asked({ hostedZoneId: "arn:aws:route53:::hostedzone/Z1EXAMPLE" }), "Z1EXAMPLE"],
      [
        "by its ARN as id",
        asked({ id: "arn:aws:route53:::hostedzone/Z1EXAMPLE" }, { eventName: "DeleteHostedZone" }),
        "Z1EXAMPLE",
      ],
    ],
  ],
  [
    "s3-bucket-policy-not-public",
    "matching-public-read",
    [
      ["by its ARN", asked({ bucketName: "arn:aws:s3:::ledger" }), "ledger"],
      [
        "in another account, in the caller's copy",
        asked({ bucketName: "ledger" }, listed("arn:aws:s3:::ledger", "AWS::S3::Bucket")),
        "ledger",
        OWNER,
      ],
      [
        "in another account, listed without ARN",
        asked({ bucketName: "ledger" }, { resources: [{ type: "AWS::S3::Bucket", accountId: OWNER }] }),
        "ledger",
        OWNER,
      ],
      [
        "beside another account's bucket",
        asked({ bucketName: "ledger" }, listed("arn:aws:s3:::other", "AWS::S3::Bucket")),
        "ledger",
      ],
      [
        "with a list of nonsense",
        asked(
          { bucketName: "ledger" },
          { resources: [null, 7, { accountId: "*", ARN: "arn:aws:s3:::ledger" }] },
        ),
        "ledger",
      ],
    ],
  ],
  [
    "secretsmanager-secret-read-reported",
    "matching-by-user",
    [
      ["by its name", asked({ secretId: "harbour/db" }), "harbour/db"],
      [
        "by its whole ARN",
        asked({ secretId: `arn:aws:secretsmanager:eu-west-1:${CALLER}:secret:harbour/db-AbCdEf` }),
        "harbour/db-AbCdEf",
      ],
      [
        "by a part of its ARN",
        asked({ secretId: `arn:aws:secretsmanager:eu-west-1:${CALLER}:secret:harbour/db` }),
        "harbour/db",
      ],
      [
        "by another account's ARN",
        asked({ secretId: `arn:aws:secretsmanager:eu-west-1:${OWNER}:secret:harbour/db-AbCdEf` }),
        "harbour/db-AbCdEf",
        OWNER,
      ],
      [
        "by the ARN of another region",
        asked({ secretId: `arn:aws:secretsmanager:us-east-1:${CALLER}:secret:x-AbCdEf` }),
        "x-AbCdEf",
        CALLER,
        "us-east-1",
      ],
    ],
  ],
  [
    "ssm-parameter-change-reported",
    "matching-update",
    [
      ["by its path", { name: "/harbour/db" }, "/harbour/db"],
      ["by its name", { name: "harbour" }, "harbour"],
      ["with a version", { name: "/harbour/db:3" }, "/harbour/db"],
      ["with a label", { name: "/harbour/db:live" }, "/harbour/db"],
      [
        "by the ARN of a path",
        { name: `arn:aws:ssm:eu-west-1:${CALLER}:parameter/harbour/db` },
        "/harbour/db",
      ],
      ["by the ARN of a name", { name: `arn:aws:ssm:eu-west-1:${CALLER}:parameter/harbour` }, "harbour"],
      [
        "by the ARN of another account",
        { name: `arn:aws:ssm:eu-west-1:${OWNER}:parameter/harbour/db` },
        "/harbour/db",
        OWNER,
      ],
    ],
  ],
];

/** Of the controls that this tree has. */
const PRESENT = FORMS.filter(([id]) => controls.some((control) => control.id === id));

for (const [id, name, forms] of PRESENT)
  describe(`${id}: the resource is found`, () => {
    for (const [what, change, expected, account = CALLER, region] of forms)
      it(what, () => {
        const event = eventWith(id, name, change);
        const resource = controlById(id).resource(event);
        assert.deepEqual(
          [resource?.id, resource?.account, resource?.region],
          [expected, account, region ?? event.region],
        );
        assert.ok(resource?.arn.endsWith(expected.replace(/^\//, "")), resource?.arn);
      });
  });

describe("an IAM user that an event names", () => {
  const user = (change: Detail) =>
    userOf(eventWith("iam-user-mfa-required", "matching-deactivate-device", change));
  const me = (arn: string) => ({ userIdentity: { type: "IAMUser", arn, userName: "pilot" } });

  it("is the one of the request", () => {
    assert.equal(user(asked({ userName: "pilot" }))?.id, "pilot");
  });

  it("is the caller itself if the call names none", () => {
    assert.equal(user(asked({}, me(`arn:aws:iam::${CALLER}:user/crew/pilot`)))?.id, "crew/pilot");
    assert.equal(user({ requestParameters: null, ...me(`arn:aws:iam::${CALLER}:user/pilot`) })?.id, "pilot");
    assert.equal(
      user({ requestParameters: null, userIdentity: { type: "AssumedRole", userName: "pilot" } }),
      undefined,
    );
  });

  it("is found under a path with punctuation, and without one that no policy may hold", () => {
    const answer = (path: string) => ({
      requestParameters: { userName: "pilot" },
      responseElements: { user: { arn: `arn:aws:iam::${CALLER}:user${path}pilot` } },
    });
    assert.equal(user(answer("/crew,day (1)/".replace(" ", "")))?.id, "crew,day(1)/pilot");
    assert.equal(user(answer("/a~b/c.d@e:f/"))?.id, "a~b/c.d@e:f/pilot");
    for (const path of ["/*/", "/${aws:username}/", "/a?/", '/"/'])
      assert.equal(user(answer(path))?.id, "pilot", path);
  });
});

describe("a resource's account", () => {
  const named = (change: Detail) =>
    resourceFrom(
      eventWith("dynamodb-table-cost-reported", "matching-on-demand", change),
      TABLE,
      `arn:aws:dynamodb:eu-west-1:${OWNER}:table/berths`,
    );

  it("is not taken from the ARN of a call that failed: its caller may have written anything", () => {
    assert.equal(named({ errorCode: "AccessDeniedException" })?.account, CALLER);
    assert.equal(named({})?.account, OWNER);
  });

  it("is not taken from an ARN of another form or partition", () => {
    const event = eventsOf("dynamodb-table-cost-reported").get("matching-on-demand")!;
    for (const arn of [
      `arn:aws:dynamodb:eu-west-1:${OWNER}:table/*`,
      `arn:aws-cn:dynamodb:eu-west-1:${OWNER}:table/berths`,
      `arn:aws:dynamodb:eu-west-1:${OWNER}:table/berths/index/x`,
      `arn:aws:dynamodb:*:${OWNER}:table/berths`,
      "arn:aws:dynamodb:eu-west-1:*:table/berths",
      "arn:",
    ])
      assert.equal(resourceFrom(event, TABLE, arn), undefined, arn);
    assert.equal(resourceFrom(event, USER, `arn:aws:s3:::${OWNER}`), undefined);
  });
});

describe("a bucket's creation", () => {
  it("is read from headers that CloudTrail writes as lists", () => {
    const control = controlById("s3-bucket-creation-reported");
    const event = eventWith("s3-bucket-creation-reported", "matching-plain", {});
    Object.assign(event.detail["requestParameters"] as Detail, {
      "x-amz-acl": ["public-read"],
      "x-amz-object-ownership": ["ObjectWriter"],
      "x-amz-bucket-object-lock-enabled": ["true"],
    });
    const description = control.describe?.(event, {});
    assert(description?.report === true);
    assert.equal(description.findings[1], "Its ACL public-read lets everyone list the bucket.");
    assert.deepEqual(
      [description.facts["Object ownership"], description.facts["Object Lock"], description.facts["ACL"]],
      ["ObjectWriter", "on", "public-read"],
    );
  });
});
