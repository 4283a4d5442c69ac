/**
 * A Pulumi engine for the local organization: runs an unmodified program and deploys the resources that it registers, by AWS
 * API calls, with a state file.
 */
import { displayName } from "./deletion";
import { Deployment, refuseProtected } from "./deployment";
import { AbortedError, DeploymentError, EngineError, PolicyError, ProgramError } from "./errors";
import { invoke } from "./invokes";
import { startMonitor } from "./monitor";
import { Operations } from "./operations";
import { PolicyEnforcement } from "./policing";
import { PolicyRunner } from "./policy";
import { startProgram } from "./program";
import { refreshState } from "./refresh";
import { Report } from "./report";
import { defaultProviderInputs, Sessions } from "./sessions";
import { StateFile } from "./state";
import type { Run } from "./run";
import { secret } from "./values";
import type { DeploymentResult, Engine, EngineOptions, RunOptions } from "./types";

const PARALLEL = 16;

export function createEngine(options: EngineOptions): Engine {
  return {
    preview: (run) => withRun(options, run, (all) => deploy(all, "preview")),
    up: (run) =>
      options.policies?.length
        ? upWithPolicies(options, run)
        : withRun(options, run, (all) => deploy(all, "up")),
    destroy: (run) => withRun(options, run, destroy),
    refresh: (run) => withRun(options, run, (all) => refreshState(all)),
  };
}

/**
 * A preview for the policies, then the deployment. Starting the program takes most of a short deployment, so both start at once.
 * The resources of the deployment wait for the policies.
 */
async function upWithPolicies(options: EngineOptions, run: RunOptions = {}): Promise<DeploymentResult> {
  const abort = new AbortController();
  const signal = run.signal ? AbortSignal.any([run.signal, abort.signal]) : abort.signal;
  // The program prints the same again in the deployment.
  const quiet: EngineOptions = {
    ...options,
    onEvent: (event) => {
      const stops = event.kind === "violation" && event.violation.enforcementLevel === "mandatory";
      if (event.kind === "phase" || stops) options.onEvent?.(event);
    },
  };
  const policiesPassed = withRun(quiet, { signal }, (all) => deploy(all, "policy preview")).then(
    (foreseen) => {
      const mandatory = foreseen.policyViolations.filter(
        ({ enforcementLevel }) => enforcementLevel === "mandatory",
      );
      if (mandatory.length > 0) throw new PolicyError(mandatory, foreseen);
    },
  );
  const deployed = withRun(options, { signal }, (all) => deploy(all, "up", policiesPassed));
  // The preview's error is the result; the deployment only has to end.
  const verdict = policiesPassed.catch((error: unknown) => {
    abort.abort();
    return { error };
  });
  const [failed, result] = await Promise.all([verdict, deployed.catch((error: unknown) => ({ error }))]);
  if (failed !== undefined) throw run.signal?.aborted && "error" in result ? result.error : failed.error;
  if ("error" in result) throw result.error;
  return result;
}

async function withRun<Result>(
  options: EngineOptions,
  { signal }: RunOptions = {},
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const report = new Report(options.onEvent ?? (() => undefined));
  if (signal?.aborted) throw new AbortedError(report.result({}));
  for (const key of options.secretConfigKeys ?? []) report.addSecrets(secret(options.config[key] ?? null));
  const file = await StateFile.open(options.stateFile, options.project, options.stack);
  const sessions = new Sessions(options.environment, defaultProviderInputs(options.config));
  for (const record of file.state.resources)
    if (record.type.startsWith("pulumi:providers:")) sessions.register(record.urn, record.inputs);
  try {
    const operations = new Operations(file, sessions, options.parallel ?? PARALLEL);
    return await work({ options, signal, file, sessions, operations, report });
  } finally {
    sessions.close();
  }
}

/** Nothing is registered before `policiesPassed` resolves. */
async function deploy(
  run: Run,
  phase: "preview" | "policy preview" | "up",
  policiesPassed?: Promise<void>,
): Promise<DeploymentResult> {
  const { options, report, file, sessions, operations } = run;
  const mode = phase === "up" ? "up" : "preview";
  report.emit({ kind: "phase", phase });
  const runner = options.policies?.length ? PolicyRunner.load(options.policies) : undefined;
  const policing = new PolicyEnforcement(runner, report, mode === "up");
  const { programFolder } = options;
  const deployment = new Deployment({ mode, programFolder, file, sessions, operations, report, policing });
  const result = () => report.result(deployment.outputs ?? {});
  const ended = await runProgram(run, deployment, mode === "preview", policiesPassed);
  if (run.signal?.aborted) throw new AbortedError(result());
  if (deployment.failures.length > 0) throw new DeploymentError(deployment.failures, result());
  const errors = report.diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message);
  if (ended.code !== 0 || errors.length > 0 || deployment.outputs === undefined) {
    const how =
      ended.code === 0 ? "The program ended too early" : `The program ended with exit code ${ended.code}`;
    throw new ProgramError(report.clean(errors.join("\n") || `${how}.\n${ended.errors}`.trim()), result());
  }
  const stop = () => deployment.stop();
  run.signal?.addEventListener("abort", stop);
  try {
    await deployment.finish();
  } finally {
    run.signal?.removeEventListener("abort", stop);
  }
  if (run.signal?.aborted) throw new AbortedError(result());
  if (deployment.failures.length > 0) throw new DeploymentError(deployment.failures, result());
  return result();
}

/** Runs the program. It is ended as soon as something fails or a stop is requested, and in any case at the end. */
async function runProgram(
  run: Run,
  deployment: Deployment,
  preview: boolean,
  policiesPassed: Promise<void> = Promise.resolve(),
): Promise<{ code: number | undefined; errors: string }> {
  const { options, report, sessions, signal } = run;
  const monitor = await startMonitor({
    register: async (registration) => {
      await policiesPassed.catch(() => deployment.stop());
      report.addSecrets(registration.inputs);
      return deployment.register(registration);
    },
    read: async (registration, id) => {
      await policiesPassed;
      return deployment.read(registration, id).catch((error: unknown) => {
        deployment.failed(
          `urn:pulumi:${options.stack}::${options.project}::${registration.type}::${registration.name}`,
          "read",
          error,
        );
        throw error;
      });
    },
    registerOutputs: (urn, outputs) => deployment.registerOutputs(urn, outputs),
    invoke: (token, args, provider) => invoke(token, args, provider, sessions),
    log: (diagnostic) => {
      // Messages of the SDK, which the real CLI only shows with --debug.
      if (diagnostic.severity !== "debug") report.diagnostic(diagnostic);
    },
  });
  let program: ReturnType<typeof startProgram> | undefined;
  const end = () => {
    deployment.stop();
    // Running operations are finished, so that the state has them. Then the program is no longer needed.
    void deployment.idle().then(() => program?.kill());
  };
  deployment.onFailure = end;
  signal?.addEventListener("abort", end);
  try {
    program = startProgram({
      folder: options.programFolder,
      project: options.project,
      stack: options.stack,
      organization: options.organization ?? "organization",
      config: options.config,
      secretConfigKeys: options.secretConfigKeys ?? [],
      environment: options.environment,
      preview,
      address: monitor.address,
      onLine: (line, stream) => report.emit({ kind: "output", line: report.clean(line), stream }),
    });
    const ended = await program.ended;
    await deployment.idle();
    return ended;
  } finally {
    signal?.removeEventListener("abort", end);
    program?.kill();
    monitor.close();
  }
}

async function destroy({
  options,
  file,
  sessions,
  operations,
  report,
  signal,
}: Run): Promise<DeploymentResult> {
  report.emit({ kind: "phase", phase: "destroy" });
  refuseProtected(file.state.resources);
  const policing = new PolicyEnforcement(undefined, report, false);
  const { programFolder } = options;
  const deployment = new Deployment({
    mode: "up",
    programFolder,
    file,
    sessions,
    operations,
    report,
    policing,
  });
  const stop = () => deployment.stop();
  signal?.addEventListener("abort", stop);
  try {
    await deployment.deleteAll([...file.state.resources]);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (signal?.aborted) throw new AbortedError(report.result({}));
  if (deployment.failures.length > 0) throw new DeploymentError(deployment.failures, report.result({}));
  const [left] = file.state.resources;
  if (left) throw new EngineError(`${displayName(left.urn)} is still in the state.`);
  file.state.outputs = {};
  await file.save();
  return report.result({});
}
