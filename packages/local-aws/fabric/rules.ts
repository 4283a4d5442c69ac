/** The rules that are deployed, read once and again after each change. */
import { compile, type Matcher } from "@bailiwick/aws-events";
import { Memo } from "./memo";
import type { DeployedRule, Services } from "./services";

export interface BusRules {
  rules: DeployedRule[];
  /** The rules whose pattern the event, as JSON text, matches. */
  matching(eventText: string): DeployedRule[];
}

export class Rules {
  private readonly read = new Memo<BusRules>();

  constructor(private readonly services: Pick<Services, "rules">) {}

  of(account: string, region: string, bus: string): Promise<BusRules> {
    return this.read.get(`${account}/${region}/${bus}`, async () =>
      compiled(await this.services.rules(account, region, bus)),
    );
  }

  forget(account: string, region: string): void {
    this.read.forget(`${account}/${region}/`);
  }

  forgetAll(): void {
    this.read.forget();
  }
}

function compiled(rules: DeployedRule[]): BusRules {
  const byArn = new Map(rules.map((rule) => [rule.arn, rule]));
  const named = rules.flatMap((rule): [string, string][] =>
    rule.pattern === undefined ? [] : [[rule.arn, rule.pattern]],
  );
  const match: Matcher = compile(named);
  return {
    rules,
    matching: (eventText) => match(eventText).flatMap((arn) => byArn.get(arn) ?? []),
  };
}
