/** Where controls hold back: circuit breakers, exempted resources, and whose exempting tags count. */
import * as v from "valibot";
import { example } from "./metadata";
import { accountId, whole } from "./values";

const breaker = v.strictObject(
  {
    resourceActions: v.optional(
      v.pipe(
        whole(1, 100, "3"),
        v.description(
          "So often may the same resource be put right within the window; then its breaker opens.",
        ),
      ),
      3,
    ),
    accountActions: v.optional(
      v.pipe(
        whole(1, 100_000, "100"),
        v.description("So often may a control act in one account within the window; then its breaker opens."),
      ),
      100,
    ),
    windowMinutes: v.optional(v.pipe(whole(1, 1440, "10"), v.description("The window.")), 10),
    closeAfterMinutes: v.optional(
      v.pipe(whole(1, 10_080, "60"), v.description("After so long an open breaker closes by itself.")),
      60,
    ),
  },
  "the circuit breaker's settings",
);

/** Not 2027-02-30, which Date takes for a day in March. */
function isDay(text: string): boolean {
  const parsed = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().slice(0, 10) === text;
}

const exemption = v.strictObject(
  {
    control: v.pipe(
      v.string("a control's id"),
      v.description("The control's id."),
      example("s3-bucket-policy-not-public"),
    ),
    resource: v.pipe(
      v.string("the ARN of a resource"),
      v.regex(
        /^arn:[\w-]+:[a-z0-9-]+:.*[^*:/]/,
        "the ARN of a resource; * stands for any characters, but not for all of it",
      ),
      v.description("The resource's ARN; `*` stands for any characters."),
      example('"arn:aws:s3:::acme-website"'),
    ),
    accounts: v.optional(
      v.pipe(
        v.array(accountId, "a list of account ids"),
        v.description("Only in these accounts. A bucket's ARN names none."),
        example('["444444444444"]'),
      ),
    ),
    owner: v.pipe(
      v.string("who answers for it"),
      v.nonEmpty("who answers for it"),
      v.description("Who answers for it."),
      example("web-team@example.com"),
    ),
    reason: v.pipe(
      v.string("why it may stay"),
      v.nonEmpty("why it may stay"),
      v.description("Why it may stay as it is."),
      example("The company's public website"),
    ),
    expires: v.pipe(
      v.string("a day as YYYY-MM-DD"),
      v.check(isDay, "a day as YYYY-MM-DD"),
      v.description("The last day on which it holds, UTC."),
      example('"2027-01-31"'),
    ),
  },
  "an exemption",
);

/** A wildcard in the account would let every account make a principal of that name; paths that only AWS may use are safe. */
const tagger = v.pipe(
  v.string("the ARN of a role or user"),
  v.regex(
    /^arn:[\w-]+:iam::(\d{12}:(role|user)\/[\w+=,.@/-]+|(\d{12}|\*):role\/aws-reserved\/[\w+=,.@/*-]+)$/,
    "the ARN of a role or user; only below role/aws-reserved/ may account and name have a *",
  ),
);

export const restraint = {
  breaker: v.optional(breaker, {}),
  exemptions: v.optional(
    v.pipe(
      v.array(exemption, "a list of exemptions"),
      v.description("Resources that may stay as they are. An expired one exempts nothing, and is reported."),
    ),
    [],
  ),
  exemptionTaggers: v.optional(
    v.pipe(
      v.array(tagger, "a list of ARNs"),
      v.description(
        "Whose exempting tags count: ARNs of roles and users. Without any, tags exempt nothing, and tagging is not watched.",
      ),
      example("[arn:aws:iam::222222222222:role/exemptions]"),
    ),
    [],
  ),
};
