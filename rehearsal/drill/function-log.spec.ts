import assert from "node:assert/strict";
import { errorInLog } from "./function-log";

describe("a function's log", () => {
  it("shows the error that the runtime writes as JSON", () => {
    const line = JSON.stringify({
      errorType: "Runtime.ImportModuleError",
      errorMessage: "Cannot find index",
    });

    assert.equal(
      errorInLog(["START RequestId: 1", `2026-01-01\t1\tERROR\tInvoke Error\t${line}`, "END RequestId: 1"]),
      "Runtime.ImportModuleError: Cannot find index",
    );
  });

  it("shows errors in plain text, without what Lambda writes before them", () => {
    assert.equal(
      errorInLog(["2026-01-01T00:00:00Z\t7f\tERROR\tSyntaxError: Unexpected token\n    at line 1"]),
      "SyntaxError: Unexpected token",
    );
    assert.equal(
      errorInLog(["2026-01-01T00:00:00Z 7f Task timed out after 3.00 seconds"]),
      "2026-01-01T00:00:00Z 7f Task timed out after 3.00 seconds",
    );
  });

  it("shows the newest of several", () => {
    assert.equal(
      errorInLog(["Runtime exited with error: 1", "Task timed out after 3.00 seconds"]),
      "Task timed out after 3.00 seconds",
    );
  });

  it("shows nothing when the function succeeded, whatever it logged", () => {
    const info = JSON.stringify({ level: "INFO", message: "remediated", error: "none" });

    assert.equal(errorInLog(["START RequestId: 1", info, "{not json", "END RequestId: 1"]), undefined);
    assert.equal(errorInLog([]), undefined);
  });
});
