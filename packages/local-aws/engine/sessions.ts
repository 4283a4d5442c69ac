/** The AWS sessions of one run: one per provider, explicit or default. */
import { Agent } from "node:http";
import { Session } from "./aws";
import { EngineError } from "./errors";
import { hasUnknown, type Properties } from "./values";
import { parseUrn } from "./urn";

const MAXIMUM_SOCKETS = 32;

export class Sessions {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: MAXIMUM_SOCKETS });
  private readonly providers = new Map<string, Properties>();
  private readonly sessions = new Map<string, Session>();

  /** `defaults`: the settings of the default provider (`aws:region` and the like in the configuration). */
  constructor(
    private readonly environment: Record<string, string | undefined>,
    private readonly defaults: Properties,
  ) {}

  /** Adds a provider resource. A second call with other inputs replaces its clients. */
  register(urn: string, inputs: Properties): void {
    this.providers.set(urn, inputs);
    this.sessions.delete(urn);
  }

  /**
   * @param reference `urn::id` as resources carry it; undefined for the default provider.
   * @returns undefined when the provider's settings are not all known yet, in a preview.
   * @throws EngineError for a provider that was never registered.
   */
  of(reference: string | undefined): Session | undefined {
    const urn = reference ? reference.slice(0, reference.lastIndexOf("::")) : "";
    const known = this.sessions.get(urn);
    if (known !== undefined) return known;
    const inputs = urn === "" ? this.defaults : this.providers.get(urn);
    if (inputs === undefined) throw new EngineError(`The provider ${urn} is not known.`);
    if (hasUnknown(inputs)) return undefined;
    const name = urn === "" ? "default" : parseUrn(urn).name;
    const session = new Session(inputs, this.environment, this.agent, name);
    this.sessions.set(urn, session);
    return session;
  }

  close(): void {
    this.sessions.clear();
    this.agent.destroy();
  }
}

/** The default provider's settings from the configuration. */
export function defaultProviderInputs(config: Record<string, string>): Properties {
  const entries = Object.entries(config).filter(([key]) => key.startsWith("aws:"));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice("aws:".length), value]));
}
