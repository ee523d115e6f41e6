import { isAppError } from '../../contract/errors.ts';

/**
 * What a database error means for the statement that met it. One table, read by everything that meets one.
 *
 * - `again`: nothing was changed and nothing is wrong; the same statement is sent again at once
 * - `lasting`: the statement or its values will be refused every time
 * - `ours`: raised by our own SQL, to be reported under its own code
 * - `not_now`: everything else. The database, or somebody in it, prevents the statement at this moment
 */
export type DatabaseTrouble = 'again' | 'lasting' | 'ours' | 'not_now';

interface SqlstateRow {
  readonly states: RegExp;
  readonly means: DatabaseTrouble;
  readonly why: string;
  /** What a caller is told; `lasting` errors name what refused them instead. */
  readonly says?: string;
  /** The connection is of no more use: it is closed, and the next statement gets a new one. */
  readonly drops?: true;
}

/** What is said of whatever keeps a login out of the database. */
export const KEPT_OUT = 'The database does not let this program in.';

/** The first row that matches decides. Source: appendix A of the PostgreSQL manual, "PostgreSQL Error Codes". */
const SQLSTATES: readonly SqlstateRow[] = [
  { states: /^PQ/, means: 'ours', why: 'a rule of the ledger, raised by its functions and triggers' },
  {
    states: /^(40001|40P01)$/,
    means: 'again',
    why: 'the victim of a deadlock or of a serialization conflict',
    says: 'The database had too many conflicting writes.',
  },
  {
    states: /^0A000$/,
    means: 'again',
    why: 'a cached plan of a table whose column types have changed',
    says: 'The tables were changed at this moment.',
    drops: true,
  },
  {
    states: /^(26000|42P05)$/,
    means: 'again',
    why: 'a prepared statement that this server connection does not have, or has already',
    says: 'The connection to the database was shared with somebody else.',
    drops: true,
  },
  {
    states: /^25006$/,
    means: 'not_now',
    why: 'a standby, or a database that was set to read-only',
    says: 'The database is read-only at the moment.',
    drops: true,
  },
  {
    states: /^55P03$/,
    means: 'not_now',
    why: 'a lock that somebody else holds longer than lock_timeout',
    says: 'Somebody else has locked what this call needs in the database.',
  },
  {
    states: /^57014$/,
    means: 'not_now',
    why: 'our own statement_timeout, or somebody has canceled the statement',
    says: 'The database took too long.',
  },
  {
    states: /^57/,
    means: 'not_now',
    why: 'shut-down, crash or start of the server',
    says: 'The database is being stopped or started.',
    drops: true,
  },
  {
    states: /^53/,
    means: 'not_now',
    why: 'no disk, no memory, no connection left',
    says: 'The database has no disk space, memory or connections left.',
  },
  {
    states: /^(28|3D)/,
    means: 'not_now',
    why: 'password, role or database; at start-up ledger_misconfigured',
    says: KEPT_OUT,
    drops: true,
  },
  {
    states: /^(21|22|23|27|38|39|42|44|54|09|20|2F|P0)/,
    means: 'lasting',
    why: 'values, constraints, names, rights, limits of an index, exceptions of triggers and functions',
  },
  {
    states: /^(0|2|3[4BF]|40|5[58]|72|F0|HV|XX)/,
    means: 'not_now',
    why: 'connection, transaction, foreign server, faults of the server',
    says: 'The database reported a fault of its own.',
    drops: true,
  },
  {
    states: /^/,
    means: 'lasting',
    why: 'no class of PostgreSQL: a code of the installation’s own triggers and functions',
  },
];

/** A SQLSTATE, as PostgreSQL gives it: five digits and capital letters. */
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Codes of Node that look like one: `EPIPE` is the only socket error of five letters. */
const SOCKET_CODES = new Set(['EPIPE']);

/**
 * @param error of the driver, or an AppError around it
 * @returns undefined when the error did not come from the database server
 */
export function sqlstateOf(error: unknown): string | undefined {
  const refused = serverErrorOf(error);
  return refused && String(refused.code);
}

/** What a server error says beside its message; the driver's `DatabaseError`. */
export interface ServerError extends Error {
  readonly code: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  /** The function of the server's source that raised it; not translated, as messages are. */
  readonly routine?: string;
  /** For an exception of PL/pgSQL: which function, which line. */
  readonly where?: string;
}

/** @returns the server's own error, also out of an AppError around it */
export function serverErrorOf(error: unknown): ServerError | undefined {
  let link = error;
  for (let depth = 0; typeof link === 'object' && link !== null && depth < 4; depth++) {
    if ('code' in link && typeof link.code === 'string' && SQLSTATE.test(link.code) && !SOCKET_CODES.has(link.code)) {
      return link as ServerError;
    }
    link = 'cause' in link ? link.cause : undefined;
  }
  return undefined;
}

function rowOf(sqlstate: string): SqlstateRow | undefined {
  return SQLSTATES.find(({ states }) => states.test(sqlstate));
}

/** The server's function that refuses changes of a published table which says no key by which a subscriber finds a row. */
export const NO_IDENTITY = 'CheckCmdReplicaIdentity';

/** @param sqlstate of the server's error */
export function troubleOf(sqlstate: string): DatabaseTrouble {
  return rowOf(sqlstate)?.means ?? 'not_now';
}

/**
 * As `troubleOf`, with what the code alone does not tell: somebody's trigger may raise any code, 0A000 is also what
 * a statement gets that no server of this version can do, and 55000 what a publication refuses.
 * @returns undefined when the error did not come from the database server
 */
export function troubleIn(error: unknown): DatabaseTrouble | undefined {
  const refused = serverErrorOf(error);
  if (!refused) return undefined;
  const trouble = troubleOf(refused.code);
  if (trouble === 'ours') return trouble;
  // Met before there was a connection for the statement: it is none of the statement's.
  if (trouble === 'lasting' && isAppError(error) && error.code === 'ledger_unavailable') return 'not_now';
  if (refused.routine === 'exec_stmt_raise' || refused.routine === NO_IDENTITY) return 'lasting';
  return refused.code === '0A000' && refused.routine !== 'RevalidateCachedQuery' ? 'lasting' : trouble;
}

/** A sentence for callers. */
export function saidOf(sqlstate: string): string {
  return rowOf(sqlstate)?.says ?? 'The database does not answer.';
}

/** Is the connection that met this of no more use? */
export function dropsConnection(sqlstate: string): boolean {
  return rowOf(sqlstate)?.drops === true;
}
