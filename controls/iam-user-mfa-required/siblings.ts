/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "iam",
  noun: /User|MFA/,
  not: [
    [/^(Add|Remove)User(To|From)Group$/, "Groups add permissions; the denial outweighs them."],
    [/^(Attach|Detach)UserPolicy$/, "The denial outweighs whatever is attached beside it."],
    [/UserPermissionsBoundary$/, "A boundary only takes permissions away."],
    [/^(Tag|Untag)(User|MFADevice)$/, "Tags change no permission."],
    [
      /^(Create|Delete)VirtualMFADevice$/,
      "A virtual device counts once a user enables it, and can only be deleted after it was deactivated.",
    ],
    [/^ResyncMFADevice$/, "The device stays."],
    [/^(Update|Delete)User$/, "A renamed user keeps its policies, and a deleted one needs none."],
    [/^(Put|Delete)UserPolicy$|MFADevice$/, "Whether it is an event depends on how the denial is attached."],
  ],
};
