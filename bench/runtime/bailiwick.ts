/** Measures our runtime handling an event. */
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { zipSync } from "fflate";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { functionRoleName, HUB_BUS_NAME, LEDGER_TABLE_NAME } from "../../contract/names";
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import { bundleControl } from "../../components/lib/bundle";
import type { Organization } from "@bailiwick/local-aws";
import { startLineProcess, loading, type Answer, type Run } from "./line-process";
import { FOLDER, WARM_UP } from "./settings";
import { CONTROL, isPublic, offend } from "./public-bucket";

export async function measureOurs(
  organization: Organization,
  security: string,
  account: string,
  invocations: number,
): Promise<Run> {
  const folder = mkdtempSync(join(FOLDER, "bench-"));
  try {
    const code = await bundleControl(CONTROL);
    writeFileSync(join(folder, "index.mjs"), code);
    writeFileSync(join(folder, "settings.json"), JSON.stringify(functionSettings(organization, security)));
    const { credentials } = await functionCredentials(organization, security);
    const env = {
      PATH: process.env["PATH"],
      AWS_ENDPOINT_URL: organization.endpointUrl,
      AWS_REGION: organization.homeRegion,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      LAMBDA_TASK_ROOT: folder,
    };
    const invoke = join(__dirname, "invoke.cjs");
    const loads: Answer[] = [];
    for (let run = 0; run < 5; run++) {
      const child = startLineProcess(process.execPath, [invoke], env);
      loads.push(await child.next());
      await child.end();
    }
    const child = startLineProcess(process.execPath, [invoke], env);
    await child.next();
    const all: Answer[] = [];
    // The first few invocations warm up.
    for (let number = -WARM_UP; number < invocations; number++) {
      const bucket = `bench-ours-${number + WARM_UP}`;
      const event = await offend(organization, account, bucket);
      const answer = await child.ask(batchOf(event, String(number)));
      const { batchItemFailures } = answer.result as { batchItemFailures: unknown[] };
      if (batchItemFailures.length > 0 || (await isPublic(organization, account, bucket)))
        throw new Error(`The runtime did not remediate ${bucket}.`);
      if (number >= 0) all.push(answer);
    }
    await child.end();
    const bytes = zipSync({ "index.mjs": Buffer.from(code) }).length;
    return { ...loading(loads), bytes, all };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const batchOf = (event: object, id: string) => ({
  Records: [
    {
      messageId: `bench-${id}`,
      receiptHandle: "none",
      body: JSON.stringify(event),
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: {},
      eventSource: "aws:sqs",
    },
  ],
});

function functionSettings({ homeRegion }: Organization, security: string) {
  return {
    mode: "enforce",
    partition: "aws",
    busName: HUB_BUS_NAME,
    roleName: `bailiwick-${CONTROL}`,
    queueUrl: `https://sqs.${homeRegion}.amazonaws.com/${security}/bailiwick-${CONTROL}`,
    ledger: { table: LEDGER_TABLE_NAME, retentionDays: 400 },
    breaker: { resourceActions: 3, accountActions: 100_000, windowMinutes: 10, closeAfterMinutes: 60 },
  };
}

async function functionCredentials(organization: Organization, security: string): Promise<AwsClientConfig> {
  const root = organization.aws(security);
  const { Credentials: given } = await new STSClient(root).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${security}:role/${functionRoleName(CONTROL)}`,
      RoleSessionName: "bench",
    }),
  );
  return {
    ...root,
    credentials: {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    },
  };
}
