/** Collects the results of deliveries for GetTrailStatus. */
import type { DeliveryAttempt } from "../emulator/emulator";
import type { DeliveryError } from "./delivery-error";

export type DeliveryKind = DeliveryAttempt["kind"];

/** The account and region whose records are delivered. */
interface DeliveryPlace {
  /** ARN. */
  trail: string;
  account: string;
  region: string;
}

export class DeliveryAttempts {
  private readonly known = new Map<string, DeliveryAttempt>();
  private readonly untold = new Set<string>();

  /** @param at milliseconds since 1970. */
  note(place: DeliveryPlace, kind: DeliveryKind, at: number, failed: DeliveryError | undefined): void {
    const { trail, account, region } = place;
    const name = `${trail} ${account} ${region} ${kind}`;
    const attempted = at / 1000;
    const succeeded = failed ? this.known.get(name)?.succeeded : attempted;
    this.known.set(name, { trail, account, region, kind, attempted, succeeded, error: failed?.code });
    this.untold.add(name);
  }

  /** Reports the results since the last time. If `report` throws, they are reported next time, and the error is rethrown. */
  async report(tell: (attempts: DeliveryAttempt[]) => Promise<void>): Promise<void> {
    if (this.untold.size === 0) return;
    const names = [...this.untold];
    this.untold.clear();
    try {
      await tell(names.flatMap((name) => this.known.get(name) ?? []));
    } catch (error) {
      for (const name of names) this.untold.add(name);
      throw error;
    }
  }
}
