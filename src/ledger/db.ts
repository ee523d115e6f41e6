import { createHash } from 'node:crypto';
import pg from 'pg';
import { AppError } from '../contract/errors.ts';
import { mapDatabaseError, UnsafeInteger } from './database-error.ts';
import { ANSWER_LIMIT_MS, connectionStringOf, queryPooled, SET_LOCAL, setUpSession } from './session.ts';
import { dropsConnection, sqlstateOf, troubleIn } from './sqlstates.ts';

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new UnsafeInteger(`int8 ${text} is beyond the safe integers`);
  return value;
}

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? parseInt8 : pg.types.getTypeParser(oid, format),
};

export type Row = Record<string, unknown>;

/** What SQL runs on: the pool, or one connection inside a transaction. */
export interface Queryable {
  /**
   * One statement, prepared once a connection under a name made from its text.
   * @throws AppError ledger_unavailable, ledger_refused, ledger_misconfigured (`mapDatabaseError`), with the driver's
   *   error as the cause; what our own SQL raises (PQ…) as the driver gave it
   */
  query<T extends Row = Row>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

/** A transaction: statements on one connection. */
export interface Transaction extends Queryable {
  /** Text of many statements, without values: migrations. */
  execute(text: string): Promise<void>;
}

export interface Db extends Queryable {
  /**
   * For what must be answered while others wait for locks: beats of workers, readiness, the state of the queue. It has
   * few connections of its own, which nothing that reads receipts can use up.
   */
  readonly apart: Queryable;
  /**
   * Runs `work` in one transaction; rolls back when it throws. `work` runs again when the database says so (deadlock,
   * changed types), so it must do nothing but SQL.
   * @param options `patient`: no limit on its statements, and 10 s for locks: for migrations
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: { patient?: boolean }): Promise<T>;
  /**
   * A connection of its own, for LISTEN; the caller ends it.
   * @throws AppError ledger_unavailable; pooler_unsupported where LISTEN would reach nobody
   */
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** Another caller wrote the same key first. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlstateOf(error) === '23505';
}

const names = new Map<string, string>();
function statementName(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha1').update(text).digest('hex').slice(0, 20);
    names.set(text, name);
  }
  return name;
}

/** The same statement is sent again this often where the database says that this is all it takes. */
const MAX_TRIES = 4;
/** Connections for `apart`. */
const APART = 2;
/** A fail-over spoils every connection; replacing them more often than this would only add to its load. */
const RENEW_EVERY_MS = 1_000;
/**
 * For migrations: building an index takes as long as it takes, a lock of somebody else does not. Older servers do not
 * have all of these settings.
 */
const SET_PATIENT = `select set_config(name, s.value, true) from pg_settings join (values ('statement_timeout', '0'),
  ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'), ('lock_timeout', '10s')) s (name, value)
  using (name)`;
const NO_LIMIT_MS = 2 ** 31 - 1;

const PREFERS_TLS = /([?&])sslmode=(prefer|allow)/;
function isPlainServer(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= MAX_TRIES || troubleIn(error) !== 'again') throw error;
    }
  }
}

/** A statement with a limit of its own on the wait for its answer, which the driver knows and its types do not. */
interface Statement extends pg.QueryConfig {
  readonly query_timeout?: number;
}

interface Session {
  /** False: a pooler stands in between. */
  readonly direct: boolean;
  readonly openedAt: number;
}

export interface DbOptions {
  readonly url: string;
  /** Where to LISTEN when `url` is a pooler's. */
  readonly listenUrl?: string | undefined;
  /** A process, without the few of `apart` and the one that listens. */
  readonly maxConnections?: number;
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
}

/**
 * Opens the pools; connections are made when they are needed.
 * @throws AppError ledger_misconfigured when the address is not usable
 */
export function createDb(options: DbOptions): Db {
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

  function openPool(max: number): pg.Pool {
    const pool = new pg.Pool({
      ...connection,
      connectionString: connectionStringOf(options.url),
      max,
      idleTimeoutMillis: 30_000,
      async onConnect(client) {
        // The pool listens only while a connection is idle; one that breaks while it is used must not end the process.
        client.on('error', () => {});
        const openedAt = performance.now();
        sessions.set(client, { direct: await setUpSession(client), openedAt });
      },
    });
    // An idle connection that breaks is replaced by the pool; the next query says so if the database is really gone.
    pool.on('error', () => {});
    return pool;
  }
  const pool = openPool(options.maxConnections ?? 10);
  const apart = openPool(APART);

  const sessionOf = (client: pg.PoolClient): Session => sessions.get(client) ?? { direct: false, openedAt: 0 };

  /** `sslmode=prefer` goes on without TLS where the server has none. */
  async function open(from: pg.Pool): Promise<pg.PoolClient> {
    try {
      return await from.connect();
    } catch (error) {
      if (!isPlainServer(error) || !PREFERS_TLS.test(options.url)) throw error;
      const plain = options.url.replace(PREFERS_TLS, '$1sslmode=disable');
      for (const each of [pool, apart]) Object.assign(each.options, { connectionString: plain });
      return from.connect();
    }
  }

  /** A stale connection is closed, and the next one looked at; in the end any will do. */
  async function checkOut(from: pg.Pool): Promise<pg.PoolClient> {
    for (let stale = 0; ; stale++) {
      const client = await open(from);
      if (sessionOf(client).openedAt >= staleBefore || stale > from.options.max) return client;
      client.release(true);
    }
  }

  /** @returns whether the connection is of no more use */
  function spoils(error: unknown): boolean {
    const sqlstate = sqlstateOf(error);
    if (sqlstate === undefined) return true;
    if (sqlstate === '26000' || sqlstate === '42P05') hiddenPooler = true;
    const now = performance.now();
    if (sqlstate === '0A000') staleBefore = now;
    if (/^(25006|57P0[123])$/.test(sqlstate) && now - staleBefore > RENEW_EVERY_MS) staleBefore = now;
    return dropsConnection(sqlstate);
  }

  const isDirect = (client: pg.PoolClient) => sessionOf(client).direct && !hiddenPooler;

  async function run<T extends Row>(client: pg.PoolClient, config: Statement): Promise<T[]> {
    const named = isDirect(client) ? { ...config, name: statementName(config.text) } : config;
    return (await client.query<T>(named)).rows;
  }

  async function once<T extends Row>(from: pg.Pool, text: string, values: readonly unknown[]): Promise<T[]> {
    const client = await checkOut(from);
    let spoiled = false;
    try {
      return await (isDirect(client)
        ? run<T>(client, { text, values: [...values] })
        : queryPooled<T>(client, text, [...values], types));
    } catch (error) {
      spoiled = spoils(error);
      throw error;
    } finally {
      client.release(spoiled);
    }
  }

  async function query<T extends Row>(from: pg.Pool, text: string, values: readonly unknown[]): Promise<T[]> {
    try {
      return await repeated(() => once<T>(from, text, values));
    } catch (error) {
      throw mapDatabaseError(error);
    }
  }

  async function transactionOnce<T>(work: (tx: Transaction) => Promise<T>, patient: boolean): Promise<T> {
    const query_timeout = patient ? NO_LIMIT_MS : ANSWER_LIMIT_MS;
    const client = await checkOut(pool).catch((error: unknown) => {
      throw mapDatabaseError(error);
    });
    let spoiled = false;
    /** What `work` itself throws is none of the database's. */
    const told = (error: unknown): never => {
      spoiled ||= spoils(error);
      throw mapDatabaseError(error);
    };
    const begin = ['begin', ...(isDirect(client) ? [] : [SET_LOCAL]), ...(patient ? [SET_PATIENT] : [])].join('; ');
    try {
      await client.query(begin).catch(told);
      const result = await work({
        query: (text, values = []) => run<never>(client, { text, values: [...values], query_timeout }).catch(told),
        execute: async (text) => {
          const statements: Statement = { text, query_timeout };
          await client.query(statements).catch(told);
        },
      });
      await client.query('commit').catch(told);
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => {
        spoiled = true;
      });
      throw error;
    } finally {
      client.release(spoiled);
    }
  }

  return {
    query: (text, values = []) => query(pool, text, values),
    apart: { query: (text, values = []) => query(apart, text, values) },
    transaction: (work, { patient = false } = {}) => repeated(() => transactionOnce(work, patient)),

    async connect() {
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
      await Promise.all([pool.end(), apart.end()]);
    },
  };
}
