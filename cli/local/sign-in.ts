/** `bailiwick sign-in`: signs in to the console of an account, in an organization that `bailiwick up` keeps. */
import { Command } from "commander";
import { isIP } from "node:net";
import { signInAt } from "@bailiwick/local-aws/sign-in";
import { CommandError, ExitCode } from "../errors";
import { runningOrganizations, type RunningOrganization } from "./running";

interface SignInOptions {
  organization?: string;
  account: string;
  user?: string;
  region?: string;
  from?: string;
  mfa?: boolean;
  wrongPassword?: boolean;
  json?: boolean;
}

/** @param running finds the organizations that are up; specs pass their own. */
export function signInCommand(running: () => Promise<RunningOrganization[]> = runningOrganizations): Command {
  return new Command("sign-in")
    .description(
      "Signs in to the console as CloudTrail records it: a ConsoleLogin event of the account's root or of an IAM user. " +
        "It fails for a user that the account does not have, and for a wrong password.",
    )
    .requiredOption("--account <id>", "the account, 12 digits", accountId)
    .option("--user <name>", "the IAM user (default: the account's root)")
    .option("--region <name>", "the region of the sign-in endpoint, for IAM users (default: us-east-1)")
    .option("--from <address>", "the source IP address (default: this machine)", address)
    .option("--mfa", "with multi-factor authentication")
    .option("--wrong-password", "with a wrong password")
    .option("--organization <id>", "the organization's id, as `up` prints it (default: the newest)")
    .option("--json", "answer in JSON")
    .action(async (options: SignInOptions) => {
      const up = await running();
      const chosen =
        options.organization === undefined ? up[0] : up.find(({ id }) => id === options.organization);
      if (chosen === undefined)
        throw new CommandError(
          options.organization === undefined
            ? "No organization is up: `npm run org` starts one."
            : `No organization \`${options.organization}\` is up.`,
          ExitCode.usage,
        );
      const { account, user, region, from, mfa, wrongPassword } = options;
      const result = await signInAt(chosen.endpointUrl, {
        account,
        userName: user,
        region,
        sourceAddress: from,
        mfa,
        fails: wrongPassword,
      });
      const who = user ?? "root";
      const text = result.success
        ? `${who} of ${account} signed in.`
        : `${who} of ${account} could not sign in: ${result.message}.`;
      process.stdout.write(`${options.json ? JSON.stringify(result) : text}\n`);
      if (!result.success) process.exitCode = ExitCode.failed;
    });
}

function address(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new CommandError(`--from takes an IPv4 or IPv6 address, not \`${text}\`.`, ExitCode.usage);
}

function accountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new CommandError(`--account takes 12 digits, not \`${text}\`.`, ExitCode.usage);
}
