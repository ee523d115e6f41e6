import { quoted } from '../../contract/clean-text.ts';
import { AppError, isAppError } from '../../contract/errors.ts';
import { KEPT_OUT, NO_IDENTITY, type ServerError, saidOf, serverErrorOf, troubleIn } from './sqlstates.ts';

/** Seconds after which a caller may try again: a failover or a lock seldom takes less. */
const RETRY_AFTER_S = 2;

/** int8 beyond the safe integers: ours are far below, and one that is not must never be rounded in silence. */
export class UnsafeInteger extends Error {}

/** Faults of this program, or of one value: no other moment makes them better. */
const OURS = [TypeError, RangeError, ReferenceError, SyntaxError, UnsafeInteger];

/**
 * What the driver has thrown → what the rest of the program sees.
 *
 * - not now: `ledger_unavailable`, also for everything without SQLSTATE: sockets, TLS, time limits, ended connections
 * - lasting: `ledger_refused`, or `ledger_misconfigured` where a right or a table is missing
 * - raised by our own SQL, and faults of this program: as they came
 *
 * The driver's error stays as the cause.
 */
export function mapDatabaseError(error: unknown): unknown {
  if (isAppError(error)) return error;
  const refused = serverErrorOf(error);
  if (!refused) {
    if (!(error instanceof Error) || isOwnFault(error)) return error;
    return unavailable('The database does not answer.', error);
  }
  switch (troubleIn(refused)) {
    case 'ours':
      return error;
    case 'lasting':
      return new AppError(isMissing(refused) ? 'ledger_misconfigured' : 'ledger_refused', refusalOf(refused), {
        cause: error,
      });
    default:
      return unavailable(saidOf(refused.code), error);
  }
}

/**
 * As `mapDatabaseError`, for what keeps a connection from being opened or made ours. Whatever its class, it says nothing
 * about the statement that wanted the connection: that one may be sent again when the door is open.
 */
export function mapConnectionError(error: unknown): unknown {
  const refused = serverErrorOf(error);
  if (!refused) return error;
  // 42501: no right to connect, or to work as the request role; 55000: a database that takes no connections.
  if (/^(42501|55000)$/.test(refused.code)) return unavailable(KEPT_OUT, error);
  return troubleIn(error) === 'lasting' ? unavailable(refusalOf(refused), error) : error;
}

function unavailable(message: string, cause: unknown): AppError {
  return new AppError('ledger_unavailable', message, { retryAfterS: RETRY_AFTER_S, cause });
}

/** Node gives its TypeErrors of sockets and TLS a code: those are the connection's. */
function isOwnFault(error: Error): boolean {
  return OURS.some((type) => error instanceof type) && !('code' in error);
}

/** 42501 rights, 42P01 table, 42703 column, 42883 function, 3F000 schema: the installation is not what it was. */
function isMissing({ code }: ServerError): boolean {
  return code.startsWith('42');
}

/**
 * Which rule of the database refused a statement, without any value: safe for everybody.
 * @param error of class 22, 23, 42, P0 and the like; the driver's, or an AppError around it
 */
export function refusalOf(error: unknown): string {
  const refused = serverErrorOf(error);
  if (!refused) return 'The database refused the values.';
  const { code, constraint, column } = refused;
  const table = refused.table === undefined ? undefined : quoted(refused.table);
  const on = table === undefined ? '' : ` of table ${table}`;
  if (code === '23502' && column !== undefined) return `Column ${quoted(column)}${on} must not be empty (NOT NULL).`;
  if (constraint !== undefined) return `Constraint ${quoted(constraint)}${on} refused the values (${code}).`;
  if (code === '22001') return 'A text is longer than its column in the database (22001).';
  if (code === '22003') return 'A number is larger than its column in the database can hold (22003).';
  if (code === '42501') return 'The database role lacks a right that this needs (42501).';
  if (code === '27000') return 'A trigger of the database left a row as it was (27000).';
  if (refused.routine === NO_IDENTITY)
    return 'A publication of the database has a table without a replica identity (55000).';
  if (code.startsWith('22')) return `A value does not fit the type of its column in the database (${code}).`;
  if (code.startsWith('42'))
    return `A table, column or function of the database is not as this program needs it (${code}).`;
  const raisedIn = /PL\/pgSQL \S+ ([\w.]+)\(/.exec(refused.where ?? '')?.[1];
  if (raisedIn !== undefined) return `Function ${quoted(raisedIn)} of the database refused the values (${code}).`;
  return `The database refused the values (${code}).`;
}
