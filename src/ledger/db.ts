import { createHash } from 'node:crypto';
import pg from 'pg';
import { AppError } from '../contract/errors.ts';
import { sqlstateOf, troubleOf } from './sqlstates.ts';

/** int8 arrives as text; ours are far below 2^53, and one that is not must never be rounded in silence. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`int8 ${text} is beyond the safe integers`);
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
   * @throws AppError ledger_unavailable when the database cannot be reached; anything else as the driver gave it
   */
  query<T extends Row = Row>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

/** A transaction: statements on one connection. */
export interface Transaction extends Queryable {
  /** Text of many statements, without values: migrations. */
  execute(text: string): Promise<void>;
}

export interface Db extends Queryable {
  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A connection of its own, for LISTEN; the caller ends it. */
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** Another caller wrote the same key first. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlstateOf(error) === '23505';
}

/** The driver's own errors have no SQLSTATE: sockets, time limits, connections that have ended, TLS. */
function isOfDriver(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    'syscall' in error ||
    SOCKET_CODES.has(codeOf(error)) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout|not queryable|SSL|certificate/i.test(
      error.message,
    )
  );
}
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function isUnavailable(error: unknown): boolean {
  const sqlstate = sqlstateOf(error);
  return sqlstate === undefined ? isOfDriver(error) : ['not_now', 'again'].includes(troubleOf(sqlstate));
}

function mapped(error: unknown): unknown {
  return isUnavailable(error)
    ? new AppError('ledger_unavailable', 'The database does not answer.', { retryAfterS: 2, cause: error })
    : error;
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

async function run<T extends Row>(on: pg.Pool | pg.PoolClient, text: string, values: readonly unknown[]): Promise<T[]> {
  const result = await on.query<T>({ name: statementName(text), text, values: [...values] });
  return result.rows;
}

/**
 * Opens the pool.
 * @param options `maxConnections` per process; `applicationName` is what `pg_stat_activity` shows
 */
export function createDb(options: { url: string; maxConnections?: number; applicationName: string }): Db {
  const connection = {
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: 3_000,
    // A statement that waits longer than this meets a fault, not a load: every one of ours is short.
    statement_timeout: 15_000,
    query_timeout: 20_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    // Every statement of ours has one right plan, by its index, however many rows there are: it is planned once a
    // connection. A plan that was made while the ledger was empty would else read all of the table, and one that looks
    // dear by wrong guesses would be made anew, or compiled, at every call.
    options: '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off',
    types,
  };
  const pool = new pg.Pool({ ...connection, max: options.maxConnections ?? 10, idleTimeoutMillis: 30_000 });
  // An idle connection that breaks is replaced by the pool; the next query says so if the database is really gone.
  pool.on('error', () => {});

  async function onPool<T extends Row>(text: string, values: readonly unknown[]) {
    for (let tries = 1; ; tries++) {
      try {
        return await run<T>(pool, text, values);
      } catch (error) {
        const sqlstate = sqlstateOf(error);
        if (tries < 4 && sqlstate !== undefined && troubleOf(sqlstate) === 'again') continue;
        throw mapped(error);
      }
    }
  }

  return {
    query: (text, values = []) => onPool(text, values),

    async transaction(work) {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw mapped(error);
      }
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await work({
          query: (text, values = []) => run(client, text, values),
          execute: async (text) => {
            await client.query(text);
          },
        });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((failure: Error) => {
          broken = failure;
        });
        throw mapped(error);
      } finally {
        client.release(broken);
      }
    },

    async connect() {
      const client = new pg.Client(connection);
      try {
        await client.connect();
      } catch (error) {
        throw mapped(error);
      }
      return client;
    },

    close: () => pool.end(),
  };
}
