/** The deployed rules, read once and again after each change. */
import { compile, type Matcher } from "@bailiwick/aws-events";
import { Memo } from "../memo";
import type { DeployedRule, Services } from "./services";

interface BusRules {
  rules: DeployedRule[];
  /** The rules whose pattern the event, as JSON text, matches. */
  matching(eventText: string): DeployedRule[];
}

export class Rules {
  private readonly byBus = new Memo<BusRules>();

  constructor(private readonly services: Pick<Services, "rules">) {}

  of(account: string, region: string, bus: string): Promise<BusRules> {
    return this.byBus.get(`${account}/${region}/${bus}`, async () =>
      compiled(await this.services.rules(account, region, bus)),
    );
  }

  forget(account: string, region: string): void {
    this.byBus.forget(`${account}/${region}/`);
  }

  forgetAll(): void {
    this.byBus.forget();
  }
}

function compiled(rules: DeployedRule[]): BusRules {
  const byArn = new Map(rules.map((rule) => [rule.arn, rule]));
  const patterns = rules.flatMap((rule): [string, string][] =>
    rule.pattern === undefined ? [] : [[rule.arn, rule.pattern]],
  );
  const match: Matcher = compile(patterns);
  return {
    rules,
    matching: (eventText) => match(eventText).flatMap((arn) => byArn.get(arn) ?? []),
  };
}
