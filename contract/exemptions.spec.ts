import assert from "node:assert/strict";
import { isDay, isOver } from "./exemptions";

describe("the last day of an exemption", () => {
  it("is a day that exists, as YYYY-MM-DD", () => {
    for (const day of ["2027-01-31", "2028-02-29"]) assert.ok(isDay(day), day);
    for (const text of ["2027-02-30", "2027-02-29", "2027-1-31", "31.01.2027", "+012027-01-31", ""])
      assert.ok(!isDay(text), text);
  });

  it("is included, in UTC", () => {
    assert.equal(isOver("2027-01-31", Date.parse("2027-01-31T23:59:59.999Z")), false);
    assert.equal(isOver("2027-01-31", Date.parse("2027-02-01T00:00:00Z")), true);
  });
});
