import assert from "node:assert/strict";
import { ConfigurationError } from "../config";
import { EmulatorInstallError } from "@bailiwick/local-aws/emulator";
import { CommandError, ExitCode, exitCodeOf, explainError } from "./errors";

describe("errors of the command", () => {
  it("end with the code they carry", () => {
    assert.equal(exitCodeOf(new CommandError("No such control.", ExitCode.usage)), 2);
    assert.equal(exitCodeOf(new CommandError("It did not hold.")), 1);
  });

  it("of the machine and of the configuration end with 3", () => {
    assert.equal(exitCodeOf(new EmulatorInstallError("Python is missing.")), 3);
    assert.equal(exitCodeOf(new ConfigurationError([])), 3);
  });

  it("that are unexpected end with 70 and say how to see more", () => {
    const error = new TypeError("x is not a function");

    assert.equal(exitCodeOf(error), 70);
    assert.equal(
      explainError(error, false),
      "error: x is not a function\nThis is unexpected. Run it again with --verbose to see where it happened.",
    );
  });

  it("show no stack trace, unless asked to", () => {
    const error = new CommandError("The emulator did not answer.");

    assert.equal(explainError(error, false), "error: The emulator did not answer.");
    assert.match(explainError(error, true), /errors\.spec\.ts/);
  });

  it("name their causes, once", () => {
    const refused = new Error("connect ECONNREFUSED");
    const error = new CommandError("The organization did not start.", 1, {
      cause: new Error("No answer: connect ECONNREFUSED", { cause: refused }),
    });

    assert.equal(
      explainError(error, false),
      "error: The organization did not start.\n  because: No answer: connect ECONNREFUSED",
    );
  });

  it("with several parts name each", () => {
    const error = new AggregateError([new Error("port"), new Error("folder")], "It did not stop cleanly.");

    assert.match(explainError(error, false), /It did not stop cleanly\.\n {2}- port\n {2}- folder/);
  });
});
