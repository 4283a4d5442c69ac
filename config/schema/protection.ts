/** What keeps the deployment itself from being changed by others: whose deployments are excepted, and where the guardrail is attached. */
import * as v from "valibot";
import { example } from "./metadata";

const deployerRole = v.pipe(
  v.string("the ARN of a role"),
  // A pattern would except any role of that name, and administrators of members name roles as they like.
  v.regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    "the full ARN of a role, with its account and path, and without *",
  ),
  example("arn:aws:iam::222222222222:role/deployment"),
);

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html */
const target = v.pipe(
  v.string("the id of a root, an organizational unit or an account"),
  v.regex(
    /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12})$/,
    "the id of a root (r-…), an organizational unit (ou-…) or an account (12 digits in quotes)",
  ),
  example("r-a1b2"),
);

const guardrail = v.strictObject(
  {
    attachTo: v.optional(
      v.pipe(
        v.array(target, "a list of ids"),
        v.description(
          "Root, organizational units or accounts whose administrators may not change what Bailiwick deploys there, by a service control policy. Security and log archive account get one of their own. Without any there is no policy.",
        ),
        example("[r-a1b2]"),
      ),
      [],
    ),
  },
  "the guardrail's settings",
);

export const protection = {
  guardrail: v.optional(guardrail, {}),
  deployerRoles: v.optional(
    v.pipe(
      v.array(deployerRole, "a list of ARNs"),
      v.description(
        "Further roles that deploy, beside accessRoleName in each account: the role whose credentials run the program, if that is in a member account. Guardrail and evidence except them.",
      ),
      example("[arn:aws:iam::222222222222:role/deployment]"),
    ),
    [],
  ),
};
