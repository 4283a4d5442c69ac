/**
 * The ledger of outcomes: one entry per control × resource × event. Entries and the lock of a resource are written only over the
 * version that was read, so that of concurrent deliveries one acts and the others are retried.
 */
import {
  BREAKERS,
  EXEMPTIONS,
  accountBreakerId,
  countId,
  grantId,
  memoryId,
  outcomeId,
  pinId,
  resourceId,
  windowAt,
} from "../../../contract/ledger-keys";
import type {
  BreakerState,
  Entry,
  Grant,
  LedgerItem,
  Pin,
  ResourceState,
  Step,
  TagSetting,
} from "../../../contract/ledger-records";
import { PermanentError, RetryableError } from "../../../controls/lib/errors";
import { busy } from "../busy";
import type { Store } from "./store";

/** What was read from the ledger, with its version. */
export interface Versioned<Body> {
  body: Body;
  version: number;
}

/** Everything in the ledger that concerns an event. */
export interface Known {
  id: string;
  entry?: Versioned<Entry>;
  resource: Versioned<ResourceState>;
  pin?: Pin;
  grant?: Grant;
  accountBreaker?: Versioned<BreakerState>;
  /** The control's actions in the account in the previous fixed window that lie within the sliding one, as if they were evenly spread. */
  earlierActions: number;
}

/** Control, resource and event as the ledger's keys have them. */
export interface Subject {
  control: string;
  /** The resource's ARN, or what stands for it. */
  resource: string;
  account: string;
  event: string;
}

/** An exemption that was left, and the one that it replaced. */
export interface Pinned {
  item: LedgerItem;
  before?: LedgerItem;
}

interface LedgerOptions {
  /** How long entries are kept. */
  retentionDays: number;
  windowMinutes: number;
}

const DAY_SECONDS = 86_400;
/** Resource items and counters have no use once the window is over. */
const WORKING_ITEM_DAYS = 2;
/** An exemption that ended can still be listed for this long. */
const ENDED_PIN_DAYS = 30;
/** The settings of a tag within a second must fit into one item of DynamoDB. */
const MOST_SETTINGS = 100;
const MOST_UPDATE_ATTEMPTS = 8;

/** The steps that changed the resource, or may have. */
export const effectiveSteps = (steps: readonly Step[]): Step[] => steps.filter(({ unchanged }) => !unchanged);

/** The fields of an item beside its id, version and body. */
type ItemFields = Omit<LedgerItem, "id" | "version" | "body">;

export class Ledger {
  constructor(
    private readonly store: Store,
    private readonly options: LedgerOptions,
    /** Milliseconds since 1970. */
    private readonly now: () => number = Date.now,
  ) {}

  /** Reads everything that concerns an event, in one consistent read. */
  async read({ control, resource, account, event }: Subject): Promise<Known> {
    const ids = {
      entry: outcomeId(control, resource, event),
      resource: resourceId(control, resource),
      pin: pinId(control, resource),
      grant: grantId(control, resource),
      accountBreaker: accountBreakerId(control, account),
      earlierCount: this.countId(control, account, -1),
    };
    const items = await this.store.read(Object.values(ids));
    const read = <Body>(id: string) => versioned<Body>(items.get(id));
    const known: Known = {
      id: ids.entry,
      resource: read<ResourceState>(ids.resource) ?? emptyResource(control, resource),
      earlierActions: Math.floor(
        (read<{ count: number }>(ids.earlierCount)?.body.count ?? 0) * (1 - (this.window() % 1)),
      ),
    };
    const entry = read<Entry>(ids.entry);
    const pin = read<Pin | null>(ids.pin)?.body;
    const grant = read<Grant>(ids.grant)?.body;
    const accountBreaker = read<BreakerState>(ids.accountBreaker);
    if (entry) known.entry = entry;
    if (pin) known.pin = pin;
    if (grant) known.grant = grant;
    if (accountBreaker) known.accountBreaker = accountBreaker;
    return known;
  }

  /** @returns the entry with this id */
  async entry(id: string): Promise<Versioned<Entry> | undefined> {
    return versioned<Entry>((await this.store.read([id])).get(id));
  }

  /**
   * Enters that the resource is about to be changed, and takes its lock. @param also an entry that is written with it
   * @returns `known` brought up to date; undefined when another writer was faster
   */
  async claim(
    known: Known,
    entry: Entry,
    resource: ResourceState,
    also?: Versioned<Entry> & { id: string },
  ): Promise<Known | undefined> {
    const next = { body: entry, version: (known.entry?.version ?? 0) + 1 };
    const locked = { body: resource, version: known.resource.version + 1 };
    const written = await this.store.write([
      this.entryItem(known.id, next),
      this.resourceItem(locked),
      ...(also ? [this.entryItem(also.id, { ...also, version: also.version + 1 })] : []),
    ]);
    return written ? { ...known, entry: next, resource: locked } : undefined;
  }

  /** Writes the entry over the one that was read. @returns false when another writer was faster */
  async writeEntry(known: Known, body: Entry): Promise<boolean> {
    const entry = { body, version: (known.entry?.version ?? 0) + 1 };
    if (!(await this.store.write([this.entryItem(known.id, entry)]))) return false;
    known.entry = entry;
    return true;
  }

  /** Writes the resource's item over the one that was read. @returns false when another writer was faster */
  async writeResource(known: Known, body: ResourceState): Promise<boolean> {
    const resource = { body, version: known.resource.version + 1 };
    if (!(await this.store.write([this.resourceItem(resource)]))) return false;
    known.resource = resource;
    return true;
  }

  /** Changes the resource's item even while others write it. @throws BusyError when others are always faster */
  async changeResource(known: Known, change: (body: ResourceState) => ResourceState): Promise<void> {
    for (let attempt = 0; attempt < MOST_UPDATE_ATTEMPTS; attempt++) {
      if (await this.writeResource(known, change(known.resource.body))) return;
      const { control, resource } = known.resource.body;
      const id = resourceId(control, resource);
      known.resource =
        versioned<ResourceState>((await this.store.read([id])).get(id)) ?? emptyResource(control, resource);
    }
    throw busy({ arn: known.resource.body.resource });
  }

  /** Changes an entry even while others write it. @throws RetryableError when others are always faster */
  async updateEntry(id: string, change: (body: Entry) => Entry): Promise<void> {
    await this.update<Entry>(id, {
      change: (before) => {
        if (!before) throw new PermanentError(`The ledger has no entry ${id} any more.`);
        return change(before);
      },
      fields: (entry) => this.entryFields(entry),
      conflict: `The entry ${id} could not be written: others are writing it at the same time.`,
    });
  }

  /** Opens the circuit breaker of a control in an account. @returns false when another writer did */
  async openAccountBreaker(known: Known, account: string, breaker: BreakerState): Promise<boolean> {
    return this.store.write([
      {
        id: accountBreakerId(breaker.control, account),
        version: (known.accountBreaker?.version ?? 0) + 1,
        account,
        ...breakerFields(breaker),
        body: JSON.stringify(breaker),
      },
    ]);
  }

  /** Counts an action of the control in the account. @returns the number of actions in the fixed window */
  count(control: string, account: string, amount = 1): Promise<number> {
    return this.store.add(this.countId(control, account), amount, this.expiryAfter(WORKING_ITEM_DAYS));
  }

  /**
   * Records what happened to the exempting tag, in whatever order events arrive: the latest event counts, whoever caused it.
   * @param setting absent: the tag was removed
   */
  async recordTagging(control: string, resource: string, at: string, setting?: TagSetting): Promise<void> {
    await this.update<Grant>(grantId(control, resource), {
      change: (before) => {
        const settings = before?.at === at ? before.settings : [];
        if (before && (before.at > at || (before.at === at && includes(settings, setting)))) return undefined;
        return { at, settings: [...settings, ...(setting ? [setting] : [])].slice(-MOST_SETTINGS) };
      },
      fields: () => ({ expires: this.expiryAfter(this.options.retentionDays) }),
      conflict: `Who tagged ${resource} could not be recorded: others are writing it at the same time.`,
    });
  }

  /**
   * Changes what a control remembers under a key, and keeps it for `keptSeconds`. `change` is called again when another writer was
   * faster. @returns what is remembered now
   */
  async updateMemory<Body>(
    { control, account }: Pick<Subject, "control" | "account">,
    key: string,
    keptSeconds: number,
    change: (before: Body | undefined) => Body,
  ): Promise<Body> {
    return this.update<Body, Body>(memoryId(control, account, key), {
      change,
      fields: () => ({ expires: seconds(this.now()) + keptSeconds }),
      conflict: `What ${control} remembers could not be written: others are writing it at the same time.`,
    });
  }

  /** Leaves an exemption, in place of an earlier one. @returns what `unpin` reverts */
  async pin(pin: Pin): Promise<Pinned> {
    const id = pinId(pin.control, pin.resource);
    const before = (await this.store.read([id])).get(id);
    const item: LedgerItem = {
      id,
      version: (before?.version ?? 0) + 1,
      list: EXEMPTIONS,
      at: iso(this.now()),
      expires: seconds(Date.parse(pin.expires)) + ENDED_PIN_DAYS * DAY_SECONDS,
      body: JSON.stringify(pin),
    };
    if (!(await this.store.write([item])))
      throw new RetryableError(`The exemption of ${pin.resource} is being changed by someone else.`);
    return { item, ...(before ? { before } : {}) };
  }

  /** Restores what was there before an exemption was left. @returns false when someone else has changed it since */
  unpin({ item, before }: Pinned): Promise<boolean> {
    const { id, version } = item;
    // In no list, and without content: the function may delete nothing.
    const none = { id, expires: seconds(this.now()), body: JSON.stringify(null) };
    return this.store.write([{ ...(before ?? none), version: version + 1 }]);
  }

  /** Writes what `change` makes of an item's body, again when another writer was faster. @returns the body, if `change` made one */
  private async update<Body, Changed extends Body | undefined = Body | undefined>(
    id: string,
    by: {
      change: (before: Body | undefined) => Changed;
      fields: (body: Body) => ItemFields;
      /** The error's message when others are always faster. */
      conflict: string;
    },
  ): Promise<Changed> {
    for (let attempt = 0; attempt < MOST_UPDATE_ATTEMPTS; attempt++) {
      const before = versioned<Body>((await this.store.read([id])).get(id));
      const body = by.change(before?.body);
      if (body === undefined) return body;
      const version = (before?.version ?? 0) + 1;
      if (await this.store.write([{ ...by.fields(body), id, version, body: JSON.stringify(body) }]))
        return body;
    }
    throw new RetryableError(by.conflict);
  }

  /** @param offset from the current fixed window */
  private countId(control: string, account: string, offset = 0): string {
    return countId(control, account, Math.floor(this.window()) + offset);
  }

  private window(): number {
    return windowAt(this.now(), this.options.windowMinutes);
  }

  private expiryAfter(days: number): number {
    return seconds(this.now()) + days * DAY_SECONDS;
  }

  /** Until when the resource's item may be needed: milliseconds since 1970. */
  private usedUntil({ breaker, nextLook }: ResourceState): number {
    return Math.max(this.now(), breaker?.until ?? 0, nextLook ? Date.parse(nextLook.at) : 0);
  }

  private entryItem(id: string, { body, version }: Versioned<Entry>): LedgerItem {
    return { id, version, ...this.entryFields(body), body: JSON.stringify(body) };
  }

  private entryFields({ outcome, status, at }: Entry): ItemFields {
    return {
      list: outcome.control,
      at,
      outcome: status === "acting" || status === "waiting" ? status : outcome.outcome,
      ...(outcome.resource ? { account: outcome.resource.account } : {}),
      expires: seconds(Date.parse(at)) + this.options.retentionDays * DAY_SECONDS,
    };
  }

  private resourceItem({ body, version }: Versioned<ResourceState>): LedgerItem {
    return {
      id: resourceId(body.control, body.resource),
      version,
      ...(body.breaker ? breakerFields(body.breaker) : {}),
      expires: seconds(this.usedUntil(body)) + WORKING_ITEM_DAYS * DAY_SECONDS,
      body: JSON.stringify(body),
    };
  }
}

const emptyResource = (control: string, resource: string): Versioned<ResourceState> => ({
  body: { actions: [], control, resource },
  version: 0,
});

const breakerFields = ({ openedAt, until }: BreakerState): ItemFields => ({
  list: BREAKERS,
  at: iso(openedAt),
  expires: seconds(until) + WORKING_ITEM_DAYS * DAY_SECONDS,
});

const versioned = <Body>(item: LedgerItem | undefined): Versioned<Body> | undefined =>
  item && { body: JSON.parse(item.body) as Body, version: item.version };

/** Whether the settings include this one; a removal adds none. */
function includes(settings: readonly TagSetting[], setting: TagSetting | undefined): boolean {
  if (!setting) return true;
  return settings.some(({ value, principal }) => value === setting.value && principal === setting.principal);
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
const seconds = (milliseconds: number) => Math.ceil(milliseconds / 1000);
