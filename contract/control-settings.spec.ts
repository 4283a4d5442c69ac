import assert from "node:assert/strict";
import { controlById } from "../controls";
import { modeOf, readControlSettings, type ControlFunctionSettingsInput } from "./control-settings";
import { SETTINGS } from "./testing";

describe("the settings of a control's function", () => {
  const control = controlById("ec2-security-group-admin-ports-closed");
  const good: ControlFunctionSettingsInput = { ...SETTINGS, mode: "notify" };

  it("are completed by the control's defaults", () => {
    assert.deepEqual(readControlSettings(JSON.stringify(good), control), {
      ...good,
      accountModes: {},
      exemptions: [],
      taggers: [],
      parameters: { ports: [22, 23, 2375, 2376, 3389, 5900, 5901, 5985, 5986] },
    });
  });

  it("are refused with every fault", () => {
    const message = (value?: unknown) => {
      try {
        readControlSettings(
          typeof value === "object" ? JSON.stringify(value) : (value as string | undefined),
          control,
        );
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    assert.equal(
      message(),
      "There are no settings: settings.json beside the function's code and BAILIWICK_SETTINGS are missing.",
    );
    assert.equal(message("{"), "The settings are not JSON.");
    const wrong = message({ ...good, mode: "maybe", busName: "", accountModes: { "12": "enforce" } });
    for (const path of ["mode: ", "busName: ", "accountModes.12: "]) assert.ok(wrong.includes(path), wrong);
    assert.match(message({ ...good, parameters: { ports: ["ssh"] } }), /^Settings: parameters: ports\.0: /);
  });

  it("give each account its mode, also one named like a property of objects", () => {
    const settings = readControlSettings(
      JSON.stringify({ ...good, accountModes: { "210987654321": "enforce" } }),
      control,
    );
    assert.equal(modeOf(settings, "210987654321"), "enforce");
    assert.equal(modeOf(settings, "345678901234"), "notify");
    assert.equal(modeOf(settings, "constructor"), "notify");
  });
});
