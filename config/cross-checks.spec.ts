import assert from "node:assert/strict";
import { faultsOf, valid } from "../tests/support/configuration";

describe("a configuration whose values don't fit together", () => {
  it("is refused for one account in two places and for one name twice", () => {
    const faults = faultsOf({
      ...valid,
      members: [
        { name: "payments", id: "444444444444" },
        { name: "payments", id: "222222222222" },
      ],
    });

    assert.deepEqual(
      faults.map(({ path: at, expected }) => [at, expected]),
      [
        ["bailiwick:members[1].id", "an account that isn't security.id already"],
        ["bailiwick:members[1].name", "a name that no other account has"],
      ],
    );
  });

  it("is refused for regions of another partition", () => {
    const [fault] = faultsOf({ ...valid, regions: ["cn-north-1"] });

    assert.equal(fault?.path, "bailiwick:regions[0]");
  });

  it("is refused for a trail that its own control would change", () => {
    const trail = { managementEvents: "WriteOnly" };

    const [fault] = faultsOf({ ...valid, trail });

    assert.equal(fault?.path, "bailiwick:trail.managementEvents");
  });

  it("is refused for a trail without the read events that a control or a watch reports", () => {
    const mail = { email: { addresses: ["audit@example.com"] } };
    const values = { ...valid, trail: { managementEvents: "WriteOnly" }, channels: { mail } };
    const off = { mode: "off" };
    const reported = { ...values, controls: { "cloudtrail-trail-logging": off } };
    const none = {
      ...values,
      controls: { "cloudtrail-trail-logging": off, "secretsmanager-secret-read-reported": off },
    };
    const watch = (event: string) => ({ ...none, watches: [{ event, channel: "mail" }] });

    assert.deepEqual(faultsOf(none), []);
    assert.deepEqual(faultsOf(watch("iam:CreateUser")), []);
    for (const [wrong, who] of [
      [reported, /secretsmanager-secret-read-reported/],
      [watch("iam:ListUsers"), /the watch of iam:ListUsers for mail reports calls that only read/],
    ] as const) {
      const faults = faultsOf(wrong);
      assert.deepEqual(
        faults.map(({ path }) => path),
        ["bailiwick:trail.managementEvents"],
      );
      assert.match(faults[0]?.expected ?? "", who);
    }
  });

  it("is refused for log files that would expire before they move to cold storage", () => {
    const [fault] = faultsOf({ ...valid, trail: { coldStorageAfterDays: 200, retentionDays: 100 } });

    assert.equal(fault?.path, "bailiwick:trail.coldStorageAfterDays");
  });
});
