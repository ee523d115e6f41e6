import { createHash } from 'node:crypto';
import type pg from 'pg';
import { AppError } from '../contract/errors.ts';
import { jobKinds } from '../jobs/index.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import { type ConnectionOptions, createConnections, type PoolUse, types } from './connection/connections.ts';
import { mapDatabaseError } from './connection/database-error.ts';
import type { Queryable, Row, Transaction } from './connection/queryable.ts';
import { ANSWER_LIMIT_MS, queryPooled } from './connection/session.ts';
import { sqlstateOf, troubleIn } from './connection/sqlstates.ts';

export interface Db extends Queryable {
  /** The kinds of job that this program knows; jobs of others are left alone. */
  readonly kinds: JobKinds;
  /**
   * The same database for the requests of one tenant: its statements see and change no row of another, whatever they
   * say. Without it all tenants are seen, as gate, sweeps and activities need it.
   * Its calls throw AppError ledger_misconfigured where the login cannot be isolated and the tenant is not `default`.
   */
  as(tenant: string): Db;
  /**
   * For what must be answered while others wait for locks: beats of workers, readiness, the state of the queue. It has
   * few connections of its own, which nothing that reads receipts can use up.
   */
  readonly apart: Queryable;
  /**
   * For searches by a filter: planned for their values, and never prepared, since each filter makes another text. It has
   * few connections of its own.
   * Its calls throw AppError search_too_broad where the time limit of a search has passed.
   */
  readonly search: Queryable;
  /**
   * Runs `work` in one transaction; rolls back when it throws. `work` runs again when the database says so (deadlock,
   * changed types), so it must do nothing but SQL.
   * @param options `patient`: no limit on its statements, and 10 s for locks: for migrations; `snapshot`: all its
   *   statements see one moment, and change nothing
   */
  transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options?: { patient?: boolean; snapshot?: boolean },
  ): Promise<T>;
  /**
   * A connection of its own, for LISTEN; the caller ends it.
   * @throws AppError ledger_unavailable; pooler_unsupported where LISTEN would reach nobody
   */
  connect(): Promise<pg.Client>;
  /** How busy the connections of this process are. */
  pools(): readonly PoolUse[];
  close(): Promise<void>;
}

/** Another caller wrote the same key first. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlstateOf(error) === '23505';
}

const isTimeout = (error: unknown) => sqlstateOf(error) === '57014';
const tooBroad = (cause: unknown) =>
  new AppError('search_too_broad', 'The database did not find what the filter describes in time.', { cause });

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
/**
 * For migrations: building an index takes as long as it takes, a lock of somebody else does not. Older servers do not
 * have all of these settings.
 */
const SET_PATIENT = `select set_config(name, s.value, true) from pg_settings join (values ('statement_timeout', '0'),
  ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'), ('lock_timeout', '10s')) s (name, value)
  using (name)`;
const NO_LIMIT_MS = 2 ** 31 - 1;

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

export interface DbOptions extends ConnectionOptions {
  /** Default: those that ship. */
  readonly kinds?: JobKinds | undefined;
}

/**
 * Opens the pools; connections are made when they are needed.
 * @throws AppError ledger_misconfigured when the address is not usable
 */
export function createDb({ kinds = jobKinds, ...options }: DbOptions): Db {
  const connections = createConnections(options);
  const { pool, apart, search, isDirect, settingsFor } = connections;

  async function run<T extends Row>(client: pg.PoolClient, config: Statement, isPrepared = true): Promise<T[]> {
    const named = isPrepared && isDirect(client) ? { ...config, name: statementName(config.text) } : config;
    return (await client.query<T>(named)).rows;
  }

  async function once<T extends Row>(
    from: pg.Pool,
    tenant: string | undefined,
    text: string,
    values: readonly unknown[],
  ): Promise<T[]> {
    const client = await connections.checkOut(from, tenant);
    let spoiled = false;
    try {
      const config = { text, values: [...values] };
      return await (isDirect(client)
        ? run<T>(client, config, from !== search)
        : queryPooled<T>(client, settingsFor(client), { ...config, types }));
    } catch (error) {
      spoiled = connections.spoils(error);
      throw error;
    } finally {
      client.release(spoiled);
    }
  }

  const queryIn =
    (from: pg.Pool, tenant: string | undefined): Queryable['query'] =>
    async (text, values = []) => {
      try {
        return await repeated(() => once<never>(from, tenant, text, values));
      } catch (error) {
        throw from === search && isTimeout(error) ? tooBroad(error) : mapDatabaseError(error);
      }
    };

  async function transactionOnce<T>(
    tenant: string | undefined,
    work: (tx: Transaction) => Promise<T>,
    { patient = false, snapshot = false },
  ): Promise<T> {
    const query_timeout = patient ? NO_LIMIT_MS : ANSWER_LIMIT_MS;
    const client = await connections.checkOut(pool, tenant).catch((error: unknown) => {
      throw mapDatabaseError(error);
    });
    let spoiled = false;
    /** What `work` itself throws is none of the database's. */
    const told = (error: unknown): never => {
      spoiled ||= connections.spoils(error);
      throw mapDatabaseError(error);
    };
    const settings = isDirect(client) ? [] : [settingsFor(client)];
    // Told with BEGIN: behind a pooler our settings are its first statement, and it is too late after that.
    const kind = snapshot ? 'begin isolation level repeatable read, read only' : 'begin';
    const begin = [kind, ...settings, ...(patient ? [SET_PATIENT] : [])].join('; ');
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

  function open(tenant: string | undefined): Db {
    return {
      kinds,
      as: open,
      query: queryIn(pool, tenant),
      apart: { query: queryIn(apart, tenant) },
      search: { query: queryIn(search, tenant) },
      transaction: (work, options = {}) => repeated(() => transactionOnce(tenant, work, options)),
      connect: connections.listen,
      pools: connections.use,
      close: connections.close,
    };
  }
  return open(undefined);
}
