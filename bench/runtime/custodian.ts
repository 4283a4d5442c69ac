/** Measures Cloud Custodian handling the same event. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Organization } from "@bailiwick/local-aws";
import { startLineProcess, loading, type Answer, type Run } from "./line-process";
import { FOLDER, WARM_UP } from "./settings";
import { isPublic, offend } from "./public-bucket";

export const CUSTODIAN = "0.9.53";

export async function measureCustodian(
  organization: Organization,
  python: string,
  account: string,
  invocations: number,
): Promise<Run> {
  const folder = mkdtempSync(join(FOLDER, "bench-"));
  try {
    const region = organization.homeRegion;
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({
        "execution-options": {
          region,
          account_id: account,
          output_dir: folder,
          cache: "memory",
          tracer: "default",
        },
        policies: [custodianPolicy(account)],
      }),
    );
    const env = {
      PATH: process.env["PATH"],
      HOME: folder,
      AWS_ENDPOINT_URL: organization.endpointUrl,
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: "test",
    };
    const args = [join(__dirname, "custodian.py"), folder];
    const loads: Answer[] = [];
    for (let run = 0; run < 3; run++) {
      const child = startLineProcess(python, args, env);
      loads.push(await child.next());
      await child.end();
    }
    const child = startLineProcess(python, args, env);
    const { bytes } = await child.next();
    const all: Answer[] = [];
    for (let number = -WARM_UP; number < invocations; number++) {
      const bucket = `bench-theirs-${number + WARM_UP}`;
      const answer = await child.ask(await offend(organization, account, bucket));
      if (answer.error !== undefined || (await isPublic(organization, account, bucket)))
        throw new Error(`Cloud Custodian did not remediate ${bucket}. ${answer.error ?? ""}`);
      if (number >= 0) all.push(answer);
    }
    await child.end();
    return { ...loading(loads), bytes, all };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A policy for the same event, required state and remedy. */
function custodianPolicy(account: string): object {
  return {
    name: "s3-bucket-policy-not-public",
    resource: "aws.s3",
    mode: {
      type: "cloudtrail",
      role: `arn:aws:iam::${account}:role/custodian`,
      events: [{ source: "s3.amazonaws.com", event: "PutBucketPolicy", ids: "requestParameters.bucketName" }],
    },
    filters: [{ type: "cross-account", everyone_only: true }],
    actions: [{ type: "remove-statements", statement_ids: "matched" }],
  };
}

/** Installs it once, in its own virtual environment. @returns its Python */
export async function installCustodian(): Promise<string> {
  const home = join(FOLDER, `custodian-${CUSTODIAN}`);
  const python = join(home, "bin", "python");
  if (existsSync(python)) return python;
  mkdirSync(FOLDER, { recursive: true });
  const workshop = `${home}-${process.pid}`;
  const run = promisify(execFile);
  try {
    process.stderr.write(`Installing Cloud Custodian ${CUSTODIAN} (once)\n`);
    await run("python3", ["-m", "venv", workshop]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `c7n==${CUSTODIAN}`];
    await run(join(workshop, "bin", "python"), pip, { maxBuffer: 1 << 24 });
    renameSync(workshop, home);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return python;
}
