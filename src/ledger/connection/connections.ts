import pg from 'pg';
import { AppError } from '../../contract/errors.ts';
import { DEFAULT_TENANT } from '../../contract/names.ts';
import { mapConnectionError, mapDatabaseError, UnsafeInteger } from './database-error.ts';
import {
  ANSWER_LIMIT_MS,
  connectionStringOf,
  type Profile,
  type Serving,
  settingsOf,
  setUpSession,
  switchTo,
} from './session.ts';
import { dropsConnection, sqlstateOf } from './sqlstates.ts';

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new UnsafeInteger(`int8 ${text} is beyond the safe integers`);
  return value;
}

/** Of `int8[]`, which has no name among the driver's types. */
const INT8_ARRAY = 1016;
const parseTexts: (text: string) => (string | null)[] = pg.types.getTypeParser(INT8_ARRAY as never, 'text');
const parseInt8s = (text: string) => parseTexts(text).map((each) => (each === null ? null : parseInt8(each)));

export const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (format === 'binary') return pg.types.getTypeParser(oid, format);
    if (oid === pg.types.builtins.INT8) return parseInt8;
    return Number(oid) === INT8_ARRAY ? parseInt8s : pg.types.getTypeParser(oid, format);
  },
};

/** Connections for `apart`. */
const APART = 2;
/** Connections for `search`: however many searches there are, they keep no other call waiting. */
const SEARCHES = 2;
/** A fail-over spoils every connection; replacing them more often than this would only add to its load. */
const RENEW_EVERY_MS = 1_000;

const PREFERS_TLS = /([?&])sslmode=(prefer|allow)/;
function isPlainServer(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

export interface ConnectionOptions {
  readonly url: string;
  /** Where to LISTEN when `url` is a pooler's. */
  readonly listenUrl?: string | undefined;
  /** A process, without the few of `apart` and `search` and the one that listens. */
  readonly maxConnections?: number;
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
}

interface Session {
  readonly profile: Profile;
  /** False: a pooler stands in between. */
  readonly direct: boolean;
  readonly openedAt: number;
  /** Undefined: all tenants, as the login itself. */
  serving: Serving | undefined;
}

/** How busy one of the pools is. */
export interface PoolUse {
  readonly pool: string;
  readonly inUse: number;
  readonly idle: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
}

/** The pools of one process, and what is known of each of their connections. */
export interface Connections {
  readonly pool: pg.Pool;
  readonly apart: pg.Pool;
  readonly search: pg.Pool;
  /**
   * A connection that works for this tenant; undefined = for all, as the login itself. Release it.
   * @throws AppError ledger_misconfigured where the login cannot be isolated and the tenant is not the only one
   */
  checkOut(from: pg.Pool, tenant: string | undefined): Promise<pg.PoolClient>;
  /** What each transaction of this connection must be told, as its server connection may be another each time. */
  settingsFor(client: pg.PoolClient): string;
  isDirect(client: pg.PoolClient): boolean;
  /** @returns whether the connection that met this error is of no more use */
  spoils(error: unknown): boolean;
  /** `Db.pools` */
  use(): readonly PoolUse[];
  /** A connection of its own: `Db.connect`. */
  listen(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** @throws AppError ledger_misconfigured when the address is not usable */
export function createConnections(options: ConnectionOptions): Connections {
  const connection = {
    application_name: options.applicationName,
    connectionTimeoutMillis: 3_000,
    query_timeout: ANSWER_LIMIT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  };
  const sessions = new WeakMap<pg.ClientBase, Session>();
  /** Connections that were opened before are replaced when their turn comes. */
  let staleBefore = 0;
  /** A pooler that cannot be told from the server, and yet loses our prepared statements. */
  let hiddenPooler = false;
  let requestRole: string | null = null;

  function openPool(max: number, profile: Profile = 'hot'): pg.Pool {
    const pool = new pg.Pool({
      ...connection,
      connectionString: connectionStringOf(options.url),
      max,
      idleTimeoutMillis: 300_000,
      async onConnect(client) {
        // The pool listens only while a connection is idle; one that breaks while it is used must not end the process.
        client.on('error', () => {});
        const openedAt = performance.now();
        sessions.set(client, { profile, direct: await setUpSession(client, profile), openedAt, serving: undefined });
      },
    });
    // An idle connection that breaks is replaced by the pool; the next query says so if the database is really gone.
    pool.on('error', () => {});
    return pool;
  }
  const pool = openPool(options.maxConnections ?? 10);
  const apart = openPool(APART);
  const search = openPool(SEARCHES, 'search');

  const sessionOf = (client: pg.PoolClient): Session =>
    sessions.get(client) ?? { profile: 'hot', direct: false, openedAt: 0, serving: undefined };
  const isDirect = (client: pg.PoolClient) => sessionOf(client).direct && !hiddenPooler;

  /** `sslmode=prefer` goes on without TLS where the server has none. */
  async function open(from: pg.Pool): Promise<pg.PoolClient> {
    try {
      return await from.connect();
    } catch (error) {
      if (!isPlainServer(error) || !PREFERS_TLS.test(options.url)) throw error;
      const plain = options.url.replace(PREFERS_TLS, '$1sslmode=disable');
      for (const each of [pool, apart, search]) Object.assign(each.options, { connectionString: plain });
      return from.connect();
    }
  }

  /** A stale connection is closed, and the next one looked at; in the end any will do. */
  async function openUsable(from: pg.Pool): Promise<pg.PoolClient> {
    for (let stale = 0; ; stale++) {
      const client = await open(from);
      if (sessionOf(client).openedAt >= staleBefore || stale > from.options.max) return client;
      client.release(true);
    }
  }

  async function servingFor(client: pg.PoolClient, tenant: string): Promise<Serving> {
    requestRole ??= await requestRoleOf(client);
    if (requestRole === null && tenant !== DEFAULT_TENANT) throw notIsolated(tenant);
    return { tenant, role: requestRole };
  }

  /** A statement of its own, and only where the connection has worked for somebody else before. */
  async function serve(client: pg.PoolClient, tenant: string | undefined): Promise<void> {
    const session = sessionOf(client);
    if (session.serving?.tenant === tenant) return;
    const serving = tenant === undefined ? undefined : await servingFor(client, tenant);
    if (isDirect(client)) await client.query(switchTo(serving));
    session.serving = serving;
  }

  function spoils(error: unknown): boolean {
    const sqlstate = sqlstateOf(error);
    if (sqlstate === undefined) return true;
    if (sqlstate === '26000' || sqlstate === '42P05') hiddenPooler = true;
    const now = performance.now();
    if (sqlstate === '0A000') staleBefore = now;
    if (/^(25006|57P0[123])$/.test(sqlstate) && now - staleBefore > RENEW_EVERY_MS) staleBefore = now;
    return dropsConnection(sqlstate);
  }

  return {
    pool,
    apart,
    search,
    isDirect,
    spoils,

    settingsFor(client) {
      const { serving, direct, profile } = sessionOf(client);
      // Where it was taken for the server itself, the server's connections may have been left working for somebody.
      return settingsOf(serving ?? (direct ? { role: 'none', tenant: '' } : undefined), profile);
    },

    async checkOut(from, tenant) {
      const client = await openUsable(from).catch((error: unknown) => {
        throw mapConnectionError(error);
      });
      try {
        await serve(client, tenant);
        return client;
      } catch (error) {
        // Nobody knows for whom it works now.
        spoils(error);
        client.release(true);
        throw mapConnectionError(error);
      }
    },

    use: () =>
      Object.entries({ main: pool, apart, search }).map(([name, { totalCount, idleCount, waitingCount }]) => ({
        pool: name,
        inUse: totalCount - idleCount,
        idle: idleCount,
        waiting: waitingCount,
      })),

    async listen() {
      const client = new pg.Client({
        ...connection,
        connectionString: connectionStringOf(options.listenUrl ?? options.url),
      });
      // Until the caller listens itself: an error without a listener would end the process.
      client.on('error', () => {});
      try {
        await client.connect();
        if (await setUpSession(client)) return client;
      } catch (error) {
        await client.end().catch(() => {});
        throw mapDatabaseError(error);
      }
      await client.end().catch(() => {});
      throw new AppError('pooler_unsupported', 'LISTEN reaches nobody through a connection pooler.', {
        hint: 'Name the server itself in DATABASE_LISTEN_URL. Without it the queue works by timer, up to a second slower.',
      });
    },

    async close() {
      await Promise.all([pool.end(), apart.end(), search.end()]);
    },
  };
}

async function requestRoleOf(client: pg.PoolClient): Promise<string | null> {
  const { rows } = await client.query<{ role: string | null }>('select pantry_queue.request_role() as role');
  return rows[0]?.role ?? null;
}

function notIsolated(tenant: string): AppError {
  return new AppError(
    'ledger_misconfigured',
    `The database does not isolate tenants, so tenant ${tenant} is refused.`,
    {
      hint: 'The log of the last start says why (ledger.not_isolated), and what to run.',
    },
  );
}
