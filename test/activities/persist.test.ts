import { describe, expect, it } from 'vitest';
import { type Persistence, persist } from '../../activities/persist.ts';
import { PERSIST } from '../../src/contract/policies.ts';
import { mapDatabaseError } from '../../src/ledger/connection/database-error.ts';
import { troubleOf } from '../../src/ledger/connection/sqlstates.ts';
import { databaseError } from '../support/database-errors.ts';
import { RECEIPT_TEXT } from '../support/odd-replies.ts';
import { SQLSTATES } from '../support/sqlstates.ts';

/** A write that the database refuses so often, as the driver throws it and the ledger maps it. */
function refusing(error: () => unknown, times: number) {
  let tries = 0;
  const write = async () => {
    if (++tries <= times) throw mapDatabaseError(error());
    return 'stored';
  };
  return { write, tries: () => tries };
}

function told(changes: Partial<Persistence> = {}) {
  const lines: string[] = [];
  const note = (fields: object, event: string) => void lines.push(`${event} ${JSON.stringify(fields)}`);
  const log = { info: note, warn: note, error: note };
  const signal = new AbortController().signal;
  return { lines, deadlineAt: Date.now() + 60_000, signal, log, note: { job_id: 'ocr-17' }, ...changes };
}

const lastingOnes = SQLSTATES.filter((state) => troubleOf(state) === 'lasting');
const passingOnes = SQLSTATES.filter((state) => ['not_now', 'again'].includes(troubleOf(state)));

describe('what an attempt has to tell the ledger', () => {
  it('[I16] is told again after every error of the database that passes', async () => {
    expect(passingOnes).toEqual(
      expect.arrayContaining(['57014', '25006', '55P03', '58030', 'XX000', '40001', '53100']),
    );
    await Promise.all(
      passingOnes.map(async (state) => {
        const { write } = refusing(() => databaseError(state), 1);
        expect(await persist(write, told()), state).toBe('stored');
      }),
    );
  });

  it.each([
    ['a broken socket', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })],
    ['a connection that ended', new Error('Connection terminated unexpectedly')],
    ['a time limit of the driver', new Error('Query read timeout')],
  ])('is told again after %s', async (_name, error) => {
    expect(await persist(refusing(() => error, 2).write, told())).toBe('stored');
  });

  it('fails after a few tries where the database refuses it for good, whatever the class', async () => {
    await Promise.all(
      lastingOnes.map(async (state) => {
        const { write, tries } = refusing(() => databaseError(state), 99);
        await expect(persist(write, told()), state).rejects.toBeDefined();
        expect(tries(), state).toBe(PERSIST.ownTries);
      }),
    );
  });

  it('fails after a few tries by a fault of our own', async () => {
    const { write, tries } = refusing(() => new TypeError('x is undefined'), 99);
    await expect(persist(write, told())).rejects.toThrow(TypeError);
    expect(tries()).toBe(PERSIST.ownTries);
  });

  it('is given up at the end of the attempt', async () => {
    const { write, tries } = refusing(() => databaseError('57014'), 99);
    await expect(persist(write, told({ deadlineAt: Date.now() }))).rejects.toMatchObject({
      code: 'ledger_unavailable',
    });
    expect(tries()).toBe(1);
  });

  it('is tried once more when the call is aborted or the worker stops, and then given up', async () => {
    const abort = new AbortController();
    const { write, tries } = refusing(() => databaseError('25006'), 99);
    const telling = persist(write, told({ signal: abort.signal }));
    setImmediate(() => abort.abort());
    await expect(telling).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(tries()).toBe(2);
  });

  it('[S6] names the cause in the log, and never a value', async () => {
    const quoting = { detail: `Key (name)=(${RECEIPT_TEXT})`, constraint: 'one_of_each', table: 'receipts' };
    for (const state of ['22P02', '22001', '23505', '23514', 'P0001']) {
      const to = told();
      const error = () =>
        databaseError(state, quoting, state.startsWith('23') ? 'a rule' : `bad value "${RECEIPT_TEXT}"`);
      await expect(persist(refusing(error, 99).write, to)).rejects.toBeDefined();
      expect(to.lines.join()).toContain(state);
      expect(to.lines.join()).toContain('one_of_each');
      expect(to.lines.join()).not.toContain(RECEIPT_TEXT);
    }
  });
});
