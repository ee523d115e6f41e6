import pg from 'pg';
import { AppError } from '../../contract/errors.ts';

/** All our statements are short; one that takes longer than this has hit a fault, not load. */
const STATEMENT_LIMIT_S = 15;
/** A search reads what its filter makes it read: one that takes longer is told to ask for less. */
const SEARCH_LIMIT_S = 5;
/** A row or table lock of somebody else must not hold up the connections that others need. */
const LOCK_LIMIT_S = 3;

type Settings = Readonly<Record<string, string>>;

/**
 * What every statement of ours runs under. Set by a statement and not at start-up: poolers refuse start-up parameters,
 * and `?options=` in DATABASE_URL would replace them.
 */
const HOT: Settings = {
  statement_timeout: `${STATEMENT_LIMIT_S}s`,
  lock_timeout: `${LOCK_LIMIT_S}s`,
  idle_in_transaction_session_timeout: '15s',
  // A `timestamp` column means the same hour wherever the database stands.
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  client_encoding: 'UTF8',
  default_transaction_isolation: 'read committed',
  // What an installation may have set otherwise for the role or the database, and our statements rely on.
  idle_session_timeout: '0',
  row_security: 'on',
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  // Each statement has one right plan, by its index, however many rows there are. Otherwise a plan cached on an empty
  // ledger scans the whole table, and one that looks expensive is planned anew, or compiled, at every call.
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  // Nor does it read all that an index holds, and sort, where the first few rows in the index's order are asked for.
  enable_bitmapscan: 'off',
  // Starting a helper takes longer than any of these plans; without statistics the planner expects rows enough for two.
  max_parallel_workers_per_gather: '0',
  jit: 'off',
};

/**
 * A search has no one right plan: which index is best depends on its values, so the planner sees them. What it does not
 * see is how early a walk along an index ends, and it would rather read and sort all.
 */
const SEARCH: Settings = {
  ...HOT,
  statement_timeout: `${SEARCH_LIMIT_S}s`,
  plan_cache_mode: 'auto',
  enable_sort: 'off',
};

/** `hot` for the measured calls, each of one plan; `search` for what a caller's filter decides. */
const PROFILES = { hot: HOT, search: SEARCH } as const;
export type Profile = keyof typeof PROFILES;

/** A statement that got no answer in this time never will: its connection is given up. */
export const ANSWER_LIMIT_MS = (STATEMENT_LIMIT_S + 5) * 1_000;
const SET_UP_LIMIT_MS = 3_000;

/** A pooler gives its clients process ids of its own, so this is true only on a connection to the server itself. */
const SET_UP = `
select pg_backend_pid() = $1 as direct,
  case when pg_backend_pid() = $1 then (
    select count(set_config(name, value, false)) + count(${durable(false)})
    from unnest($2::text[], $3::text[]) s (name, value)) end as settings`;

/** An acknowledgement survives a power cut: a commit that nobody waits for would not. What waits longer stays so. */
function durable(isLocal: boolean): string {
  return `set_config('synchronous_commit',
    coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), ${isLocal})`;
}

/**
 * Makes a new connection ours.
 * @returns false when a pooler stands in between: the settings then go along with each transaction
 */
export async function setUpSession(client: pg.ClientBase, profile: Profile = 'hot'): Promise<boolean> {
  const { processID } = client as { processID?: number | null };
  const settings = PROFILES[profile];
  const values = [processID ?? 0, Object.keys(settings), Object.values(settings)];
  const config = { text: SET_UP, values, query_timeout: SET_UP_LIMIT_MS };
  const { rows } = await client.query<{ direct: boolean }>(config);
  return rows[0]?.direct === true;
}

/** For whom a connection works: one tenant's requests. */
export interface Serving {
  readonly tenant: string;
  /** The request role; null where this login may not become it. */
  readonly role: string | null;
}

const setting = (name: string, value: string, isLocal: boolean) =>
  `set_config('${name}', ${pg.escapeLiteral(value)}, ${isLocal})`;

const servingSettings = ({ tenant, role }: Serving, isLocal: boolean) => [
  ...(role === null ? [] : [setting('role', role, isLocal)]),
  setting('pantry_queue.tenant', tenant, isLocal),
];

/** @param serving undefined = everybody, as the login itself */
export const switchTo = (serving: Serving | undefined): string =>
  serving ? `select ${servingSettings(serving, false)}` : 'reset role; reset pantry_queue.tenant';

const setLocal = (settings: Settings) =>
  `select ${[...Object.entries(settings).map(([name, value]) => setting(name, value, true)), durable(true)]}`;
const SET_LOCAL: Readonly<Record<Profile, string>> = { hot: setLocal(HOT), search: setLocal(SEARCH) };

/** The settings for one transaction: behind a pooler the next one may run on another server connection. */
export const settingsOf = (serving: Serving | undefined, profile: Profile = 'hot'): string =>
  serving ? `${SET_LOCAL[profile]}, ${servingSettings(serving, true)}` : SET_LOCAL[profile];

/** The parts of the driver's query and connection that it does not export types for. */
interface Wire {
  parse(statement: { name: string; text: string }): void;
  bind(values: { portal: string; statement: string }): void;
  execute(portal: { portal: string; rows: number }): void;
}
interface QueryParts {
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
}
const PlainQuery = pg.Query as unknown as new (
  config: { text: string; values: unknown[]; types: pg.CustomTypesConfig },
  callback: (error: Error | null, result: pg.QueryResult) => void,
) => pg.Query & QueryParts;

/**
 * A statement behind a pooler in transaction mode: the settings and the statement, both without a name, in one round
 * trip and one implicit transaction.
 */
class PooledQuery extends PlainQuery {
  settings = SET_LOCAL.hot;
  #settingsDone = false;

  requiresPreparation(): boolean {
    return true;
  }

  override prepare(wire: Wire): void {
    wire.parse({ name: '', text: this.settings });
    wire.bind({ portal: '', statement: '' });
    wire.execute({ portal: '', rows: 0 });
    super.prepare(wire);
  }

  override handleDataRow(message: unknown): void {
    if (this.#settingsDone) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#settingsDone) super.handleCommandComplete(message, wire);
    this.#settingsDone = true;
  }
}

/**
 * One statement on its own, behind a pooler.
 * @param settings what it runs under: `settingsOf`
 */
export function queryPooled<T extends pg.QueryResultRow>(
  client: pg.ClientBase,
  settings: string,
  { text, values, types }: { text: string; values: unknown[]; types: pg.CustomTypesConfig },
): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const query = new PooledQuery({ text, values, types }, (error, result) =>
      error ? reject(error) : resolve(result.rows as T[]),
    );
    query.settings = settings;
    client.query(query);
  });
}

/**
 * libpq's meaning of `sslmode`: `require` encrypts and does not verify, `verify-full` verifies. The driver alone takes
 * all of them for `verify-full`.
 * @throws AppError ledger_misconfigured
 */
export function connectionStringOf(url: string): string {
  const mode = /[?&]sslmode=([^&]*)/.exec(url)?.[1];
  if (mode === undefined || mode === 'no-verify' || /[?&]uselibpqcompat=/.test(url)) return url;
  if (!SSL_MODES.includes(mode)) {
    throw new AppError('ledger_misconfigured', `DATABASE_URL has sslmode=${mode}. Allowed: ${SSL_MODES.join(', ')}.`);
  }
  if (mode === 'verify-ca' && !/[?&]sslrootcert=/.test(url)) {
    throw new AppError('ledger_misconfigured', 'sslmode=verify-ca in DATABASE_URL needs sslrootcert=FILE.');
  }
  return `${url.replace('sslmode=allow', 'sslmode=prefer')}&uselibpqcompat=true`;
}
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
