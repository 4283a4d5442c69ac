/** Creates a user without MFA, and puts an unrelated inline policy on one with an MFA device. */
import {
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { createHmac } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { allOrNothing, runAll } from "../lib/drill/steps";
import { deleteUser, NO_SUCH_ENTITY } from "../lib/drill/user";
import { isNamed } from "../lib/errors";
import { USER } from "../lib/resources";
import { DENY_WITHOUT_MFA, POLICY_NAME } from "./remediate";

interface Users {
  fresh: string;
  equipped: string;
  device: string;
}

const OTHER_POLICY = "reads-nothing";

export const drill: Drill<Record<string, never>, Users> = {
  prepare: (context) =>
    allOrNothing(async (undo) => {
      const client = new IAMClient(context.aws);
      const [fresh, equipped] = [`${context.name}-fresh`, `${context.name}-equipped`];
      await client.send(new CreateUserCommand({ UserName: equipped }));
      undo(() => deleteUser(client, equipped));
      const made = await client.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: equipped }));
      const device = made.VirtualMFADevice?.SerialNumber ?? "";
      undo(() => client.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: device })));
      const seed = Buffer.from(made.VirtualMFADevice?.Base32StringSeed ?? []).toString();
      await client.send(
        new EnableMFADeviceCommand({
          UserName: equipped,
          SerialNumber: device,
          AuthenticationCode1: oneTimeCode(seed, Date.now() - 30_000),
          AuthenticationCode2: oneTimeCode(seed, Date.now()),
        }),
      );
      undo(() => client.send(new DeactivateMFADeviceCommand({ UserName: equipped, SerialNumber: device })));
      return { fresh, equipped, device };
    }),

  async offend({ aws }, { fresh }) {
    await new IAMClient(aws).send(new CreateUserCommand({ UserName: fresh }));
  },

  async check({ aws }, { fresh }) {
    try {
      const asked = new GetUserPolicyCommand({ UserName: fresh, PolicyName: POLICY_NAME });
      const { PolicyDocument: text = "" } = await new IAMClient(aws).send(asked);
      const good = isDeepStrictEqual(JSON.parse(decodeURIComponent(text)), DENY_WITHOUT_MFA);
      return good ? { good } : { good, still: `The policy of ${fresh} is ${decodeURIComponent(text)}.` };
    } catch (error) {
      if (!isNamed(error, ...NO_SUCH_ENTITY)) throw error;
      return { good: false, still: `The user ${fresh} has no policy that asks for MFA.` };
    }
  },

  async benign({ aws }, { equipped }) {
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "s3:GetObject", Resource: "*" }],
    });
    await new IAMClient(aws).send(
      new PutUserPolicyCommand({ UserName: equipped, PolicyName: OTHER_POLICY, PolicyDocument }),
    );
  },

  async checkBenign({ aws }, { equipped }) {
    const { PolicyNames: names = [] } = await new IAMClient(aws).send(
      new ListUserPoliciesCommand({ UserName: equipped }),
    );
    const good = isDeepStrictEqual(names, [OTHER_POLICY]);
    return good ? { good } : { good, still: `The policies of ${equipped} are ${names.join(", ")}.` };
  },

  async cleanUp({ aws }, { fresh, equipped, device }) {
    const client = new IAMClient(aws);
    await runAll(
      [
        () => client.send(new DeactivateMFADeviceCommand({ UserName: equipped, SerialNumber: device })),
        () => client.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: device })),
        () => deleteUser(client, equipped),
        () => deleteUser(client, fresh),
      ],
      NO_SUCH_ENTITY,
    );
  },

  resources: (context, { fresh, equipped }) => ({
    offended: arnOf(context, fresh),
    benign: arnOf(context, equipped),
  }),
};

/** What an authenticator shows: RFC 6238 with its usual 30 seconds and six digits. */
function oneTimeCode(base32: string, time: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...base32.replace(/=+$/, "")]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return USER.arn({ partition: partitionOf(region), account, region, id });
}
