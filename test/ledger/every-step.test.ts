import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { causeText } from '../../src/contract/cause.ts';
import { type AppError, toAppError } from '../../src/contract/errors.ts';
import { mapDatabaseError } from '../../src/ledger/connection/database-error.ts';
import { troubleOf } from '../../src/ledger/connection/sqlstates.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { databaseError } from '../support/database-errors.ts';
import { useDatabase } from '../support/db.ts';
import { clearJobs } from '../support/gate.ts';
import { partOf, SEED } from '../support/sample.ts';
import { ONE_OF_EACH } from '../support/sqlstates.ts';
import { type StatementFaults, statementFaults } from '../support/statement-faults.ts';
import { LEDGER, STEPS, type Step } from './support/steps.ts';

const codesOf = (trouble: string, of = ONE_OF_EACH) => of.filter((state) => troubleOf(state) === trouble);
const drawnOf = (trouble: string) => partOf(codesOf(trouble));
/** After these a process works as behind a pooler, with other statements. */
const AS_BEHIND_A_POOLER: ReadonlySet<string> = new Set(['26000', '42P05']);
/** For what follows the first statement of a step. */
const FEW = ['25006', '57014', '53100', '23514', '42501', 'P0001'];

/** What writes the reading or the receipt's status ends its job where it is refused for good. */
const isSave = (name: string, nth: number) =>
  (name === 'saveResult' && nth > 0) || (name === 'markProcessing' && nth === 1);
/** Of an end the receipt is the least: the job ends without it. */
const writesReceipt = (text: string) => text.includes('update public.receipts r set updated_at');

const database = useDatabase();
let db: Db;
let observer: pg.Client;
let faults: StatementFaults;
let snapshotSql = '';

const open = () => createDb({ url: database.url, applicationName: 'steps', maxConnections: 2 });

beforeAll(async () => {
  db = open();
  observer = new pg.Client({ connectionString: database.url });
  await observer.connect();
  const { rows } = await observer.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'pantry_queue') order by 1`,
  );
  const hashes = rows
    .map(
      ({ name }) => `select '${name}' as name, md5(string_agg(t::text, '|' order by t::text)) as hash from ${name} t`,
    )
    .join(' union all ');
  // Parts of a union come in any order once there is enough to read.
  snapshotSql = `select * from (${hashes}) hashed order by name`;
  faults = statementFaults();
});
afterAll(async () => {
  faults.restore();
  await observer.end();
  await db.close();
});

beforeEach(async () => {
  await clearJobs(database.db);
  await database.db.query('truncate pantry_queue.tombstones, pantry_queue.arrivals');
});

const snapshot = async () => (await observer.query(snapshotSql)).rows;

async function thrownBy(work: () => Promise<unknown>): Promise<AppError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return toAppError(error);
  }
}

/** What a caller sees of an error that is refused every time. */
function expectedCode({ name }: Step, text: string, nth: number, state: string): string | undefined {
  const error = databaseError(state);
  if (troubleOf(state) === 'lasting') {
    if (isSave(name, nth)) return 'result_not_storable';
    if (writesReceipt(text)) return undefined;
  }
  return (mapDatabaseError(error) as AppError).code;
}

it('[P9] every function of the ledger that activities, workers and the gate call is one of the steps', () => {
  // Computed, or a part of a step: of `clearTombstones`, of `markProcessing` and `saveResult`.
  const others = ['endOf', 'clearSubject', 'whyNotCurrent', 'endIfMismatched', 'endingRefused'];
  const functions = Object.keys(LEDGER).filter((name) => typeof LEDGER[name] === 'function' && !others.includes(name));
  const named = new Set(STEPS.map(({ name }) => name));
  expect(functions.filter((name) => !named.has(name))).toEqual([]);
});

describe.each(STEPS.map((step, at) => [`${at + 1} ${step.name}`, step] as const))(
  `step %s (seed ${SEED})`,
  (_title, step) => {
    const { prepare, call } = step;
    const texts = async () => {
      const run = await prepare(db);
      return [...new Set(await faults.record(() => call(db, run)))];
    };

    it('[P9] is done, at once, after an error that asks for another try', async () => {
      for (const text of await texts()) {
        for (const state of drawnOf('again')) {
          const run = await prepare(db);
          const error = () => databaseError(state);
          const own = AS_BEHIND_A_POOLER.has(state) ? open() : db;
          const thrown = await thrownBy(() => faults.refuse({ text, error, times: 1 }, () => call(own, run)));
          if (own !== db) await own.close();
          expect([state, thrown]).toEqual([state, undefined]);
        }
      }
    });

    it('[I8] changes nothing and is named precisely by every error that prevents or refuses it', async () => {
      const all = await texts();
      for (const [nth, text] of all.entries()) {
        let run = await prepare(db);
        for (const trouble of ['not_now', 'lasting']) {
          for (const [at, state] of (nth === 0 ? drawnOf(trouble) : codesOf(trouble, FEW)).entries()) {
            const cause = databaseError(state);
            const code = expectedCode(step, text, nth, state);
            const endsJob = code === undefined || code === 'result_not_storable';
            if (endsJob || nth > 0) run = await prepare(db);
            let before: unknown;
            const onRefusal =
              at > 0 || endsJob
                ? undefined
                : async () => {
                    before ??= await snapshot();
                  };
            const error = await thrownBy(() =>
              faults.refuse({ text, error: () => cause, onRefusal }, () => call(db, run)),
            );
            expect([state, error?.code, error?.message], text).toEqual([state, code, error?.message]);
            if (code !== undefined) expect(causeText(error)).toContain(`${state} the words of the server`);
            if (before !== undefined) expect(await snapshot()).toEqual(before);
            if (endsJob) {
              const [job] = await db.query(
                'select status from pantry_queue.jobs where subject = $1 and generation = $2',
                [run.subject, run.generation],
              );
              expect([state, job]).toEqual([state, { status: expect.stringMatching(/^(failed|canceled)$/) }]);
            }
          }
        }
        // Once the database works again, the step is done.
        expect(await thrownBy(() => call(db, run))).toBeUndefined();
      }
    });
  },
);
