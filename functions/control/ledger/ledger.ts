/**
 * The ledger of what became of every event: one entry per control × resource × event. Entries and the lock of a resource are written
 * only over what was read, so that of deliveries that meet, one acts and the others come back.
 */
import type { Outcome } from "../../../controls/lib/outcome";
import { PermanentError, RetryableError } from "../../../controls/lib/errors";
import {
  BREAKERS,
  accountBreakerId,
  countId,
  grantId,
  memoryId,
  outcomeId,
  pinId,
  resourceId,
  windowAt,
} from "../../../contract/ledger-keys";
import type { Item, Store } from "./store";

/** An attempt that was about to change the resource. */
export interface Step {
  /** ISO 8601. */
  at: string;
  attempt: number;
  /** What undo needs. */
  before: unknown;
  /** ARNs of what the fix changes beside the resource; absent: nothing. */
  beside?: string[];
  remedies: string[];
  findings: string[];
  /** Its fix failed and changed nothing, for sure. Absent: it was made, or may have been. */
  unchanged?: true;
}

/** The steps that changed the resource, or may have. */
export const changes = (steps: readonly Step[]): Step[] => steps.filter(({ unchanged }) => !unchanged);

/** An entry's body. */
export interface Entry {
  /** What became of it; while `status` is `acting`, what is being done. */
  outcome: Outcome;
  /** `acting` from before the fix until its end; `failed`: the event will be looked at again; `done`: it won't. */
  status: "acting" | "failed" | "done";
  /** Whether the outcome is on the hub bus. */
  published: boolean;
  /** ISO 8601: when the first attempt that got so far began. */
  at: string;
  /** ISO 8601. */
  endedAt?: string;
  steps: Step[];
  /** The state after the fix, if the control can tell. */
  after?: unknown;
  /** Id of the outcome that took this one's fix back. */
  undoneBy?: string;
  /** Id of the undo that set about it last, whatever became of that. */
  undoing?: string;
}

/** What was done to a resource and by whose change. */
export interface Action {
  /** Milliseconds since 1970. */
  at: number;
  entry: string;
  principal?: string;
}

/** A resource's item. */
export interface ResourceState {
  /** The entry that is working on the resource, and until when nobody else may (milliseconds since 1970). */
  lease?: { entry: string; until: number };
  /** The latest, within the circuit breaker's window. */
  actions: Action[];
  breaker?: BreakerState;
  control: string;
  resource: string;
}

/** An open, or once open, circuit breaker. Times in milliseconds since 1970. */
export interface BreakerState {
  openedAt: number;
  until: number;
  actions: number;
  windowMinutes: number;
  principals: string[];
  control: string;
  /** The resource's ARN, or the account's id. */
  subject: string;
}

/** An exemption that an undo left. */
export interface Pin {
  control: string;
  resource: string;
  owner: string;
  reason: string;
  /** `YYYY-MM-DD`. */
  expires: string;
}

/** An exemption that was left, and what it took the place of. */
export interface Pinned {
  item: Item;
  before?: Item;
}

/** What CloudTrail told last of the exempting tag of a resource. */
export interface Grant {
  /** ISO 8601, to the second. */
  at: string;
  /** All that set it in that second, as nobody can tell their order; none: it was taken away. */
  settings: TagSetting[];
}

/** Who set an exempting tag to what. */
export interface TagSetting {
  value: string;
  /** Absent: someone who may not exempt. */
  principal?: string;
}

/** A thing read from the ledger. */
export interface Read<Body> {
  body: Body;
  version: number;
}

/** All the ledger knows that bears on an event. */
export interface Known {
  id: string;
  entry?: Read<Entry>;
  resource: Read<ResourceState>;
  pin?: Pin;
  grant?: Grant;
  accountBreaker?: Read<BreakerState>;
  /** How many of the control's actions in the account in the fixed window before this one lie within the sliding one, if they were even. */
  earlierActions: number;
}

/** What a control, resource and event are called in the ledger. */
export interface Subject {
  control: string;
  /** The resource's ARN, or what stands for it. */
  resource: string;
  account: string;
  event: string;
}

export interface LedgerOptions {
  /** How long entries are kept. */
  retentionDays: number;
  windowMinutes: number;
}

const DAY_SECONDS = 86_400;
/** Resource items and counters are of no use once the window is over. */
const WORKING_ITEM_DAYS = 2;
/** Of a tag within a second: bounded by what DynamoDB takes in one item. */
const MOST_SETTINGS = 100;

export class Ledger {
  constructor(
    private readonly store: Store,
    private readonly options: LedgerOptions,
    /** Milliseconds since 1970. */
    private readonly now: () => number = Date.now,
  ) {}

  /** Reads all that bears on an event, at once and as it is now. */
  async look({ control, resource, account, event }: Subject): Promise<Known> {
    const ids = {
      entry: outcomeId(control, resource, event),
      resource: resourceId(control, resource),
      pin: pinId(control, resource),
      grant: grantId(control, resource),
      accountBreaker: accountBreakerId(control, account),
      earlierCount: this.countId(control, account, -1),
    };
    const found = await this.store.read(Object.values(ids));
    const read = <Body>(id: string): Read<Body> | undefined => {
      const item = found.get(id);
      return item && { body: JSON.parse(item.body) as Body, version: item.version };
    };
    const known: Known = {
      id: ids.entry,
      resource: read<ResourceState>(ids.resource) ?? { body: { actions: [], control, resource }, version: 0 },
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

  /**
   * Enters that the resource is about to be changed, and takes its lock. @param also an entry that is written with it. @returns what
   * was read, brought up to date; undefined when another writer came first.
   */
  async claim(
    known: Known,
    entry: Entry,
    resource: ResourceState,
    also?: Read<Entry> & { id: string },
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

  /** Enters an end, or an end that was told. @returns false when another writer came first. */
  async enter(known: Known, entry: Entry): Promise<boolean> {
    const read = { body: entry, version: (known.entry?.version ?? 0) + 1 };
    if (!(await this.store.write([this.entryItem(known.id, read)]))) return false;
    known.entry = read;
    return true;
  }

  /** Writes the resource's item over the one that was read. */
  async enterResource(known: Known, resource: ResourceState): Promise<boolean> {
    const read = { body: resource, version: known.resource.version + 1 };
    if (!(await this.store.write([this.resourceItem(read)]))) return false;
    known.resource = read;
    return true;
  }

  /** Opens the circuit breaker of a control in an account. @returns false when another writer did. */
  async openAccountBreaker(known: Known, account: string, breaker: BreakerState): Promise<boolean> {
    const version = (known.accountBreaker?.version ?? 0) + 1;
    return this.store.write([
      {
        ...this.working(accountBreakerId(breaker.control, account), version, breaker),
        list: BREAKERS,
        at: iso(breaker.openedAt),
        account,
        expires: seconds(breaker.until) + WORKING_ITEM_DAYS * DAY_SECONDS,
      },
    ]);
  }

  /** Counts an action of the control in the account. @returns how many there are in the fixed window. */
  count(control: string, account: string, amount = 1): Promise<number> {
    return this.store.add(
      this.countId(control, account),
      amount,
      seconds(this.now()) + WORKING_ITEM_DAYS * DAY_SECONDS,
    );
  }

  /**
   * Keeps what was told of the exempting tag, in whatever order it is told: what is later takes the place of what was before, whoever
   * did it. @param setting absent: the tag was taken away.
   */
  async keepGrant(control: string, resource: string, at: string, setting?: TagSetting): Promise<void> {
    const id = grantId(control, resource);
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = (await this.store.read([id])).get(id);
      const grant = before && (JSON.parse(before.body) as Grant);
      const settings = grant?.at === at ? grant.settings : [];
      if (grant && (grant.at > at || (grant.at === at && isAmong(settings, setting)))) return;
      const item: Item = {
        id,
        version: (before?.version ?? 0) + 1,
        expires: seconds(this.now()) + this.options.retentionDays * DAY_SECONDS,
        body: JSON.stringify({
          at,
          settings: [...settings, ...(setting ? [setting] : [])].slice(-MOST_SETTINGS),
        }),
      };
      if (await this.store.write([item])) return;
    }
    throw new RetryableError(`Who tagged ${resource} could not be kept: others write it at the same time.`);
  }

  /**
   * Keeps for so many seconds what `change` makes of what a control remembers under a key. `change` may be asked again, with what
   * another writer left. @returns what is kept now.
   */
  async remember<Body>(
    { control, account }: Pick<Subject, "control" | "account">,
    key: string,
    keptSeconds: number,
    change: (before: Body | undefined) => Body,
  ): Promise<Body> {
    const id = memoryId(control, account, key);
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = (await this.store.read([id])).get(id);
      const body = change(before && (JSON.parse(before.body) as Body));
      const version = (before?.version ?? 0) + 1;
      const expires = seconds(this.now()) + keptSeconds;
      if (await this.store.write([{ id, version, expires, body: JSON.stringify(body) }])) return body;
    }
    throw new RetryableError(
      `What ${control} remembers could not be kept: others write it at the same time.`,
    );
  }

  /** @returns the entry of this id. */
  async entry(id: string): Promise<Read<Entry> | undefined> {
    const item = (await this.store.read([id])).get(id);
    return item && { body: JSON.parse(item.body) as Entry, version: item.version };
  }

  /** Writes over an entry, whoever writes it at the same time. Throws RetryableError when others always come first. */
  async amend(id: string, change: (body: Entry) => Entry): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const read = await this.entry(id);
      if (!read) throw new PermanentError(`The ledger has no entry ${id} any more.`);
      const { body, version } = read;
      if (await this.store.write([this.entryItem(id, { body: change(body), version: version + 1 })])) return;
    }
    throw new RetryableError(`The entry ${id} could not be written: others write it at the same time.`);
  }

  /** Leaves an exemption, in the place of an earlier one. @returns what `unpin` takes back. */
  async pin(pin: Pin, list: string): Promise<Pinned> {
    const id = pinId(pin.control, pin.resource);
    const before = (await this.store.read([id])).get(id);
    const item: Item = {
      id,
      version: (before?.version ?? 0) + 1,
      list,
      at: iso(this.now()),
      expires: seconds(Date.parse(pin.expires)) + 30 * DAY_SECONDS,
      body: JSON.stringify(pin),
    };
    if (!(await this.store.write([item])))
      throw new RetryableError(`The exemption of ${pin.resource} is being changed by someone else.`);
    return { item, ...(before ? { before } : {}) };
  }

  /** Brings back what was there before an exemption was left. @returns false when someone else has changed it since. */
  unpin({ item, before }: Pinned): Promise<boolean> {
    const { id, version } = item;
    // In no list, and nothing to be read: the function may delete nothing.
    const none = { id, expires: seconds(this.now()), body: JSON.stringify(null) };
    return this.store.write([{ ...(before ?? none), version: version + 1 }]);
  }

  /** @param offset from the current fixed window. */
  private countId(control: string, account: string, offset = 0): string {
    return countId(control, account, Math.floor(this.window()) + offset);
  }

  private window(): number {
    return windowAt(this.now(), this.options.windowMinutes);
  }

  private entryItem(id: string, { body, version }: Read<Entry>): Item {
    const { outcome } = body;
    return {
      id,
      version,
      list: outcome.control,
      at: body.at,
      outcome: body.status === "acting" ? "acting" : outcome.outcome,
      ...(outcome.resource ? { account: outcome.resource.account } : {}),
      expires: seconds(Date.parse(body.at)) + this.options.retentionDays * DAY_SECONDS,
      body: JSON.stringify(body),
    };
  }

  private resourceItem({ body, version }: Read<ResourceState>): Item {
    const item = this.working(resourceId(body.control, body.resource), version, body);
    if (!body.breaker) return item;
    const expires = seconds(body.breaker.until) + WORKING_ITEM_DAYS * DAY_SECONDS;
    return { ...item, list: BREAKERS, at: iso(body.breaker.openedAt), expires };
  }

  private working(id: string, version: number, body: unknown): Item {
    const expires = seconds(this.now()) + WORKING_ITEM_DAYS * DAY_SECONDS;
    return { id, version, expires, body: JSON.stringify(body) };
  }
}

function isAmong(settings: readonly TagSetting[], setting: TagSetting | undefined): boolean {
  if (!setting) return true;
  return settings.some(({ value, principal }) => value === setting.value && principal === setting.principal);
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
const seconds = (milliseconds: number) => Math.ceil(milliseconds / 1000);
