/** The instructions that `up` prints: how to point AWS clients at an organization on this machine. */
import type { DrillAccount } from "../../rehearsal/drill/types";

interface RunningPlace {
  endpointUrl: string;
  homeRegion: string;
  regions: readonly string[];
  accounts: readonly DrillAccount[];
  /** For `bailiwick down <id>`. */
  id: string;
}

/** An account's root takes any secret, but clients need one. */
const SECRET = "test";

/** @returns plain text with an example to copy: a bucket is made public, and remediated. */
export function instructions({ endpointUrl, homeRegion, regions, accounts, id }: RunningPlace): string {
  const member = accounts.find(({ kind }) => kind === "member");
  // Not the home region, to show that events are forwarded from elsewhere.
  const region = regions.find((each) => each !== homeRegion && each !== "us-east-1") ?? homeRegion;
  const width = Math.max(...accounts.map(({ name }) => name.length));
  const kinds: Record<string, string> = {
    management: "management: organization trail",
    security: "security: hub bus, queues, functions",
    logArchive: "log archive: the trail's bucket",
    member: "member",
  };
  const rows = accounts.map(
    ({ name, id: account, kind }) => `  ${name.padEnd(width)}  ${account}  ${kinds[kind] ?? kind}`,
  );
  const bucket = "open-bucket";
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*` },
    ],
  });
  return `The organization ${id} is up.

  endpoint  ${endpointUrl}
  regions   ${regions.map((each) => (each === homeRegion ? `${each} (home)` : each)).join(", ")}

Accounts (the id is the access key of the account's root; the secret is \`${SECRET}\`)
${rows.join("\n")}

Point any AWS client at it, for example at ${member?.name ?? "a member"} in ${region}:

  export AWS_ENDPOINT_URL=${endpointUrl}
  export AWS_ACCESS_KEY_ID=${member?.id ?? "<account id>"} AWS_SECRET_ACCESS_KEY=${SECRET}
  export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}

Make a bucket public with the AWS CLI, and see its policy removed:

  aws s3api create-bucket --bucket ${bucket} --create-bucket-configuration LocationConstraint=${region}
  aws s3api delete-public-access-block --bucket ${bucket}
  aws s3api put-bucket-policy --bucket ${bucket} --policy '${policy}'
  sleep 1; aws s3api get-bucket-policy --bucket ${bucket}

or with boto3:

  import boto3
  s3 = boto3.client("s3", endpoint_url="${endpointUrl}", region_name="${region}",
                    aws_access_key_id="${member?.id ?? "<account id>"}", aws_secret_access_key="${SECRET}")

The controls' outcomes are shown below as they happen. Ctrl-C here or \`npx bailiwick down ${id}\` ends it.
`;
}
