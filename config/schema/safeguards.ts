/** What limits controls: circuit breakers, exemptions, and whose exempting tags count. */
import * as v from "valibot";
import { isDay } from "../../contract/exemptions";
import { trustedPrincipal } from "../../controls/lib/principals";
import { example } from "./metadata";
import { accountId, wholeNumber } from "./values";

const breaker = v.strictObject(
  {
    resourceActions: v.optional(
      v.pipe(
        wholeNumber(1, 100, "3"),
        v.description(
          "How often a control remediates the same offence on a resource at once within the window; further fixes are delayed by 1, 2, 4, 8 and then 15 minutes.",
        ),
      ),
      3,
    ),
    accountActions: v.optional(
      v.pipe(
        wholeNumber(1, 100_000, "100"),
        v.description(
          "How often a control remediates at once in one account within the window; further fixes there are delayed by a minute and more.",
        ),
      ),
      100,
    ),
    windowMinutes: v.optional(
      v.pipe(wholeNumber(1, 1440, "10"), v.description("Length of the window, in minutes.")),
      10,
    ),
    closeAfterMinutes: v.optional(
      v.pipe(
        wholeNumber(1, 10_080, "60"),
        v.description("Number of minutes without a remediation after which a circuit breaker closes."),
      ),
      60,
    ),
  },
  "the circuit breaker's settings",
);

const exemption = v.strictObject(
  {
    control: v.pipe(
      v.string("a control's id"),
      v.description("Id of the control that the resource is exempt from."),
      example("s3-bucket-policy-not-public"),
    ),
    resource: v.pipe(
      v.string("the ARN of a resource"),
      v.regex(
        /^arn:[\w-]+:[a-z0-9-]+:.*[^*:/]/,
        "the ARN of a resource; * stands for any characters, but not for the whole resource",
      ),
      v.description("ARN of the resource; `*` stands for any characters."),
      example('"arn:aws:s3:::acme-website"'),
    ),
    accounts: v.optional(
      v.pipe(
        v.array(accountId, "a list of account ids"),
        v.description("Only in these accounts, which a bucket's ARN doesn't state. Default: all accounts."),
        example('["444444444444"]'),
      ),
    ),
    owner: v.pipe(
      v.string("who is responsible for the exemption"),
      v.nonEmpty("who is responsible for the exemption"),
      v.description("Who is responsible for the exemption."),
      example("web-team@example.com"),
    ),
    reason: v.pipe(
      v.string("why the resource is exempt"),
      v.nonEmpty("why the resource is exempt"),
      v.description("Why the resource is exempt."),
      example("The company's public website"),
    ),
    expires: v.pipe(
      v.string("a day as YYYY-MM-DD"),
      v.check(isDay, "a day as YYYY-MM-DD"),
      v.description("The last day on which the exemption is valid, in UTC."),
      example('"2027-01-31"'),
    ),
  },
  "an exemption",
);

export const safeguards = {
  breaker: v.optional(breaker, {}),
  exemptions: v.optional(
    v.pipe(
      v.array(exemption, "a list of exemptions"),
      v.description(
        "Resources that violate a control and are exempt from it. An expired exemption exempts nothing, and is reported.",
      ),
    ),
    [],
  ),
  exemptionTaggers: v.optional(
    v.pipe(
      v.array(trustedPrincipal, "a list of ARNs"),
      v.description(
        "ARNs of the roles and users whose exempting tags count. Without any, tags exempt nothing, and tagging events are not evaluated.",
      ),
      example("[arn:aws:iam::222222222222:role/exemptions]"),
    ),
    [],
  ),
};
