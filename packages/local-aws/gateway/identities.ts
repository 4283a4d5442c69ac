/** Remembers whose an access key is: a session never changes, but any IAM call may rename a user. */
import type { CallerIdentity, Emulator } from "../emulator/emulator";

const MAXIMUM_REMEMBERED = 10_000;

export interface Identities {
  of(accessKeyId: string | undefined): Promise<CallerIdentity>;
  /** To be called after an IAM call, which may have changed users and their keys. */
  forgetUsers(): void;
}

export function rememberIdentities(emulator: Promise<Pick<Emulator, "identity">>): Identities {
  const known = new Map<string, CallerIdentity>();
  return {
    async of(accessKeyId) {
      if (accessKeyId === undefined) return {};
      const remembered = known.get(accessKeyId);
      if (remembered) return remembered;
      const identity = await (await emulator).identity(accessKeyId);
      if (identity.type === undefined) return identity;
      if (known.size >= MAXIMUM_REMEMBERED) known.delete(known.keys().next().value ?? "");
      known.set(accessKeyId, identity);
      return identity;
    },
    forgetUsers() {
      for (const [key, { type }] of known) if (type === "IAMUser") known.delete(key);
    },
  };
}
