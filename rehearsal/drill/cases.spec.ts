import assert from "node:assert/strict";
import type { Settings, TrailSettings } from "../../config";
import { controlById } from "../../controls";
import { drillCases } from "./cases";

const S3 = "s3-bucket-policy-not-public";
const EC2 = "ec2-security-group-admin-ports-closed";

const settings = (accountModes: Settings["controls"][number]["accountModes"] = {}) => ({
  controls: [S3, EC2].map((id) => ({
    control: controlById(id),
    mode: "enforce" as const,
    accountModes,
    parameters: {},
  })),
  members: [
    { name: "payments", id: "200000000001", kind: "member" as const },
    { name: "web", id: "200000000002", kind: "member" as const },
  ],
  regions: ["eu-west-1", "us-east-1"],
  partition: "aws",
  trail: { insights: [] as TrailSettings["insights"] } as TrailSettings,
});

const names = (cases: ReturnType<typeof drillCases>) =>
  cases.map(({ control, account, region }) => `${control.id} ${account.name} ${region}`);

describe("the drills of a stack", () => {
  it("are every control in every member account and region", () => {
    assert.equal(drillCases(settings()).length, 2 * 2 * 2);
    assert.deepEqual(names(drillCases(settings())).slice(0, 3), [
      `${S3} payments eu-west-1`,
      `${S3} payments us-east-1`,
      `${S3} web eu-west-1`,
    ]);
  });

  it("are only the wanted ones, accounts by name or id", () => {
    const byName = drillCases(settings(), { controls: [EC2], accounts: ["web"], regions: ["us-east-1"] });
    const byId = drillCases(settings(), { accounts: ["200000000002"] });

    assert.deepEqual(names(byName), [`${EC2} web us-east-1`]);
    assert(byId.length === 4 && byId.every(({ account }) => account.name === "web"));
  });

  it("follow the accounts' own modes", () => {
    const cases = drillCases(settings({ "200000000001": "off", "200000000002": "notify" }));

    assert(cases.every(({ account, mode }) => account.name === "web" && mode === "notify"));
    assert.equal(cases.length, 4);
  });

  it("take place once an account, where global services report, for what is global", () => {
    const made = settings();
    const [first] = made.controls;
    const global = { ...first!, control: { ...first!.control, global: true as const } };

    const cases = drillCases({ ...made, controls: [global] });

    assert.deepEqual(names(cases), [`${S3} payments us-east-1`, `${S3} web us-east-1`]);
  });

  it("are those of Insights only for a trail that has some on the rate of calls", () => {
    const made = settings();
    const [first] = made.controls;
    const controls = [{ ...first!, control: controlById("cloudtrail-insight-reported") }];
    const having = (...insights: TrailSettings["insights"]) =>
      drillCases({ ...made, controls, trail: { ...made.trail, insights } }).length;

    assert.deepEqual([having(), having("ApiErrorRateInsight"), having("ApiCallRateInsight")], [0, 0, 4]);
  });

  it("expect a control that only notifies to notify, in mode enforce too", () => {
    const made = settings();
    const [first] = made.controls;
    const describe = () => ({ report: false as const, why: "" });

    const cases = drillCases({
      ...made,
      controls: [{ ...first!, control: { ...first!.control, describe } }],
    });

    assert.deepEqual([...new Set(cases.map(({ mode }) => mode))], ["notify"]);
  });

  it("are refused for what the stack doesn't have, with what it has", () => {
    assert.throws(() => drillCases(settings(), { controls: ["s3"] }), {
      message: "There is no control `s3` in the stack.",
      known: [S3, EC2],
    });
    assert.throws(() => drillCases(settings(), { accounts: ["security"] }), /no member account `security`/);
    assert.throws(() => drillCases(settings(), { regions: ["eu-north-1"] }), /no region `eu-north-1`/);
  });
});
