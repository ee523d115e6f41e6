import { describe, expect, it } from 'vitest';
import { causeText } from '../../src/contract/cause.ts';
import { AppError } from '../../src/contract/errors.ts';
import { mapDatabaseError, refusalOf, UnsafeInteger } from '../../src/ledger/connection/database-error.ts';
import { type DatabaseTrouble, dropsConnection, troubleIn, troubleOf } from '../../src/ledger/connection/sqlstates.ts';
import { databaseError } from '../support/database-errors.ts';
import { SQLSTATES } from '../support/sqlstates.ts';

/** Every code by which a job or a call meets another fate than that of its class. */
const EXPECTED: Readonly<Record<string, DatabaseTrouble>> = {
  '40001': 'again',
  '40P01': 'again',
  '26000': 'again',
  '42P05': 'again',
  '0A000': 'again',
};
const LASTING = /^(09|20|21|22|23|27|2F|38|39|42|44|54|P0)/;

function expected(sqlstate: string): DatabaseTrouble {
  return EXPECTED[sqlstate] ?? (LASTING.test(sqlstate) ? 'lasting' : 'not_now');
}

describe('an error of the database', () => {
  it.each(SQLSTATES)('[P9] with SQLSTATE %s means what its class means', (sqlstate) => {
    expect(troubleOf(sqlstate)).toBe(expected(sqlstate));
  });

  it('[P9] with a code that no PostgreSQL raises lasts: it comes from somebody’s own function', () => {
    for (const sqlstate of ['ZZ001', '70001', 'A0001', 'TR001']) expect(troubleOf(sqlstate)).toBe('lasting');
  });

  it('[P9] that a trigger raises on purpose lasts, whatever code it borrows', () => {
    for (const sqlstate of SQLSTATES) {
      expect(troubleIn(databaseError(sqlstate, { routine: 'exec_stmt_raise' }))).toBe('lasting');
    }
    expect(troubleIn(databaseError('PQ001', { routine: 'exec_stmt_raise' }))).toBe('ours');
  });

  it('[P9] 0A000 is repeated for a cached plan, and lasts for what the server cannot do', () => {
    expect(troubleIn(databaseError('0A000', { routine: 'RevalidateCachedQuery' }))).toBe('again');
    expect(troubleIn(databaseError('0A000', { routine: 'transformInsertStmt' }))).toBe('lasting');
  });

  it('[P9] costs the connection where the server is going away, read-only, or shared with others', () => {
    for (const code of ['25006', '57P01', '57P02', '57P03', '08006', 'XX000', '26000', '0A000', '25P03']) {
      expect(dropsConnection(code), code).toBe(true);
    }
    for (const code of ['57014', '55P03', '40001', '53300', '23505', '22003', 'P0001']) {
      expect(dropsConnection(code), code).toBe(false);
    }
  });

  it.each(SQLSTATES)('[P9] with SQLSTATE %s keeps its cause, and reaches callers as a row of the table', (sqlstate) => {
    const cause = databaseError(sqlstate);
    const mapped = mapDatabaseError(cause) as AppError;
    const trouble = expected(sqlstate);
    expect(mapped).toMatchObject({
      code:
        trouble !== 'lasting'
          ? 'ledger_unavailable'
          : sqlstate.startsWith('42')
            ? 'ledger_misconfigured'
            : 'ledger_refused',
      cause,
      retryAfterS: trouble === 'lasting' ? undefined : expect.any(Number),
    });
    expect(mapped.message).not.toContain('the words of the server');
    expect(causeText(mapped)).toBe(`${sqlstate} the words of the server`);
  });

  it('[I8] that lasts names the rule of the database, never a value', () => {
    const at = { schema: 'public', table: 'receipts' };
    expect(refusalOf(databaseError('23502', { ...at, column: 'store' }))).toContain('"store" of table "receipts"');
    expect(refusalOf(databaseError('23514', { ...at, constraint: 'total_check' }))).toContain('"total_check"');
    expect(
      refusalOf(databaseError('P0001', { where: 'PL/pgSQL function public.no_wine() line 3 at RAISE' })),
    ).toContain('"public.no_wine"');
    expect(refusalOf(databaseError('22003'))).toContain('number');
  });

  it('[S6] names no value of a receipt in its cause', () => {
    const cause = databaseError('22P02', {}, 'invalid input syntax for type integer: "Corner Shop"');
    expect(causeText(mapDatabaseError(cause))).toBe('22P02 invalid input syntax for type integer: "…"');
  });
});

describe('an error of the driver', () => {
  const errors: readonly Error[] = [
    ...[
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'ENOTFOUND',
      'EHOSTUNREACH',
      'EAI_AGAIN',
      'ENETUNREACH',
    ].map((code) => Object.assign(new Error(`connect ${code} 127.0.0.1:5432`), { code, syscall: 'connect' })),
    ...[
      'Connection terminated',
      'Connection terminated unexpectedly',
      'Connection terminated due to connection timeout',
      'timeout exceeded when trying to connect',
      'timeout expired',
      'Query read timeout',
      'Client has encountered a connection error and is not queryable',
      'Client was closed and is not queryable',
      'Cannot use a pool after calling end on the pool',
      'The server does not support SSL connections',
      'There was an error establishing an SSL connection',
      'Received unexpected commandComplete message from backend.',
    ].map((message) => new Error(message)),
    Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    Object.assign(new Error('unable to verify'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
    Object.assign(new Error('wrong host'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
  ];

  it.each(errors.map((error) => [error.message, error] as const))('[P9] “%s” means not now', (_message, error) => {
    const mapped = mapDatabaseError(error) as AppError;
    expect(mapped).toMatchObject({ code: 'ledger_unavailable', retryAfterS: expect.any(Number), cause: error });
    expect(causeText(mapped)).toContain(error.message);
  });

  it('[I8] that is a fault of this program stays one', () => {
    for (const error of [
      new TypeError('x is not a function'),
      new UnsafeInteger('int8 9 is beyond'),
      new RangeError('y'),
    ]) {
      expect(mapDatabaseError(error)).toBe(error);
    }
  });
});

describe('a cause', () => {
  it('[P9] is one clean line of bounded length with the words of every link', () => {
    const inner = new Error(`first\nline\u0000 ${'x'.repeat(5_000)}`);
    const text = causeText(
      new AppError('ledger_unavailable', 'Away.', { cause: new Error('outer', { cause: inner }) }),
    );
    expect(text).toMatch(/^outer; first line x+…$/);
    expect(text?.length).toBeLessThanOrEqual(400);
  });

  it('[P9] of a host with several addresses names the first failure', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' });
    const both = Object.assign(new AggregateError([refused, refused], ''), { code: 'ECONNREFUSED' });
    expect(causeText(both)).toBe('connect ECONNREFUSED ::1:5432');
  });

  it('is absent where nobody said anything', () => {
    expect(causeText(new AppError('ledger_unavailable', 'Away.'))).toBeUndefined();
  });
});
