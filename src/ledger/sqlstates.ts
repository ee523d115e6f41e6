/**
 * What a database error means for the statement that met it. One table, read by everything that meets one.
 *
 * - `again`: nothing was changed and nothing is wrong; the same statement is sent again at once
 * - `lasting`: the statement or its values will be refused every time
 * - `ours`: raised by our own SQL, to be reported under its own code
 * - `not_now`: everything else. The database, or somebody in it, prevents the statement at this moment
 */
export type DatabaseTrouble = 'again' | 'lasting' | 'ours' | 'not_now';

/** The first row that matches decides. Source: appendix A of the PostgreSQL manual, "PostgreSQL Error Codes". */
const SQLSTATES: readonly { readonly states: RegExp; readonly means: DatabaseTrouble; readonly why: string }[] = [
  { states: /^PQ/, means: 'ours', why: 'a rule of the ledger, raised by its functions and triggers' },
  { states: /^(40001|40P01)$/, means: 'again', why: 'the victim of a deadlock or of a serialization conflict' },
  { states: /^0A000$/, means: 'again', why: 'a cached plan of a table whose column types have changed' },
  {
    states: /^(26000|42P05)$/,
    means: 'again',
    why: 'a prepared statement that this server connection does not have, or has already',
  },
  { states: /^(22|23|42|P0)/, means: 'lasting', why: 'values, constraints, names, rights, exceptions of triggers' },
  {
    states: /^.{5}$/,
    means: 'not_now',
    why: 'connection, resources, locks, time limits, read-only, shut-down, faults of the server',
  },
];

/** A SQLSTATE, as PostgreSQL gives it: five digits and capital letters. */
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Codes of Node that look like one: `EPIPE` is the only socket error of five letters. */
const SOCKET_CODES = new Set(['EPIPE']);

/** @returns undefined when the error did not come from the database server */
export function sqlstateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const code = String(error.code);
  return SQLSTATE.test(code) && !SOCKET_CODES.has(code) ? code : undefined;
}

/** @param sqlstate of the server's error */
export function troubleOf(sqlstate: string): DatabaseTrouble {
  return SQLSTATES.find(({ states }) => states.test(sqlstate))?.means ?? 'not_now';
}
