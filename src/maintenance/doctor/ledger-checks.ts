import { randomUUID } from 'node:crypto';
import { isAppError } from '../../contract/errors.ts';
import { inspectTables } from '../../ledger/adoption/adopt.ts';
import { lackingToUse } from '../../ledger/adoption/rights.ts';
import { atStart } from '../../ledger/connection/start-up.ts';
import type { Db } from '../../ledger/db.ts';
import { openTransactions } from '../../ledger/held-back.ts';
import { probeWrite } from '../../ledger/insight/queue-state.ts';
import { pendingMigrations } from '../../ledger/migrate.ts';
import { liveGates } from '../../ledger/processes/gates.ts';
import { versionsOfWorkers } from '../../ledger/processes/worker-versions.ts';
import { servingWorkers } from '../../ledger/processes/workers.ts';
import { recount } from '../../verify/ledger-checks.ts';
import { problemsOfWorkers } from '../../words/workers.ts';
import { type Check, failed, fine, type Told, warned } from './check.ts';
import type { Parts, Subject } from './subject.ts';

const MAX_SHOWN = 5;
/** `a, b … and 3 more` */
const some = (names: readonly string[]) =>
  `${names.slice(0, MAX_SHOWN).join(', ')}${names.length > MAX_SHOWN ? ` … and ${names.length - MAX_SHOWN} more` : ''}`;

async function ledger(db: Db): Promise<Told> {
  const [row] = await db.query<{ version: string; name: string; read_only: boolean }>(
    `select current_setting('server_version') as version, current_database() as name,
       current_setting('transaction_read_only') = 'on' as read_only`,
  );
  if (row?.read_only) {
    return failed(
      'ledger_unavailable',
      'The database is read-only: a standby, or set so.',
      'Name the primary in DATABASE_URL, or: alter database … reset default_transaction_read_only;',
    );
  }
  return fine(`PostgreSQL ${row?.version}, database ${row?.name}`);
}

async function schema(db: Db): Promise<Told> {
  const pending = await pendingMigrations(db);
  if (pending.length > 0) {
    return failed(
      'ledger_misconfigured',
      `${pending.length} parts of this program's schema are missing: ${some(pending)}.`,
      'Bring them in: pantry-queue migrate',
    );
  }
  await probeWrite(db);
  return fine('As this program has it.');
}

async function rights(db: Db): Promise<Told | Told[]> {
  const lacking = await lackingToUse(db);
  return lacking.length === 0
    ? fine('The role may do all that the queue does.')
    : lacking.map((grant) =>
        failed('ledger_misconfigured', 'The database role lacks a right.', `As the owner of the database: ${grant}`),
      );
}

async function adoption(db: Db): Promise<Told | Told[]> {
  const findings = await inspectTables(db, { first: false });
  if (findings.length === 0) return fine('The tables of receipts take every reading.');
  return findings.map(({ severity, what, remedy }) =>
    severity === 'refuse' ? failed('adoption_refused', `${what}.`, remedy) : warned(`${what}.`, remedy),
  );
}

async function counters(db: Db): Promise<Told> {
  const wrong = await recount(db);
  return wrong.length === 0
    ? fine('Counters and a recount agree.')
    : failed(
        'internal',
        `The counters are not what a recount gives: ${some(wrong)}.`,
        'See all that differs: pantry-queue verify',
      );
}

/** A notification of our own, on its way through the database and back. */
async function listen(db: Db, signal: AbortSignal): Promise<Told> {
  // A pooler that gives each statement another connection has no transactions either.
  await db.transaction((tx) => tx.query('select 1'));
  const client = await db.connect().catch((error: unknown) => {
    if (isAppError(error) && error.code === 'pooler_unsupported') return error;
    throw error;
  });
  if (isAppError(client)) return warned(client.message, client.hint);
  try {
    const channel = `pantry_queue_doctor_${randomUUID().replaceAll('-', '')}`;
    const heard = new Promise<boolean>((resolve) => {
      client.once('notification', () => resolve(true));
      signal.addEventListener('abort', () => resolve(false), { once: true });
    });
    await client.query(`listen ${channel}`);
    await db.query('select pg_notify($1, $2)', [channel, '']);
    if (await heard) return fine('A notification came through.');
    return failed(
      'pooler_unsupported',
      'A notification does not come through.',
      'Name the server itself in DATABASE_LISTEN_URL.',
    );
  } finally {
    await client.end();
  }
}

async function transactions(db: Db, { dir, limits }: Subject): Promise<Told | Told[]> {
  const olderThanS = limits.transactionS;
  const { open, role, seesOthers } = await openTransactions(db, olderThanS);
  // Nobody else uses the database of an embedded queue.
  const blind =
    seesOthers || dir !== undefined
      ? []
      : [
          warned(
            `${role} does not see when the sessions of other roles began.`,
            `As a superuser of the database: grant pg_read_all_stats to ${role};`,
          ),
        ];
  if (open.length === 0) return blind.length > 0 ? blind : fine(`None is older than ${olderThanS} s.`);
  const found = open.map(({ name, since, end }) =>
    failed(
      'ledger_unavailable',
      `A transaction of ${name} is open since ${since.toISOString()}: events wait behind it.`,
      `End it: ${end}`,
    ),
  );
  return [...found, ...blind];
}

async function gates(db: Db): Promise<Told | Told[]> {
  const live = await liveGates(db);
  if (live.length === 0) {
    return failed(
      'part_failed',
      'No process moves jobs on: none has been seen for 15 s.',
      'Start one: pantry-queue server, or pantry-queue up',
    );
  }
  const late = live.filter(({ late_round }) => late_round !== null);
  if (late.length === 0) return fine(some(live.map(({ name }) => name)));
  return late.map(({ name, late_round }) =>
    warned(
      `${name}: its round "${late_round}" does not come through.`,
      'Its log names the cause; restart it when the round hangs.',
    ),
  );
}

async function workers(db: Db, version: string): Promise<Told | Told[]> {
  const serving = await servingWorkers(db);
  const problems = problemsOfWorkers(serving);
  if (problems.length > 0) return problems.map(({ message, hint }) => failed('part_failed', message, hint));
  const others = (await versionsOfWorkers(db)).filter((each) => each !== version);
  const says = `Workers: ${serving.workers}, slots: ${serving.slots}`;
  return others.length === 0
    ? fine(says)
    : warned(
        `${says}; some are of version ${some(others)}, this is ${version}.`,
        'Replace them one after the other: docs/upgrade.md',
      );
}

/** What can be asked of a database that has no table of ours. */
const WITHOUT_TABLES: readonly Check['name'][] = ['schema', 'rights', 'adoption', 'listen', 'transactions'];

/** What is asked of the database, each look with its own statement and time. */
export function ledgerChecks({ db }: Parts, subject: Subject, version: string): Check[] {
  const look = (
    name: Check['name'],
    of: (signal: AbortSignal) => Promise<Told | readonly Told[]>,
    limitMs = 10_000,
  ): Check => ({
    name,
    code: 'ledger_unavailable',
    limitMs,
    needs: name === 'ledger' ? [] : WITHOUT_TABLES.includes(name) ? ['ledger'] : ['ledger', 'schema'],
    // A pooler or a server that refuses is told in its own words, whichever statement it was.
    look: (signal) => atStart(() => of(signal)),
  });
  return [
    look('ledger', () => ledger(db)),
    look('schema', () => schema(db)),
    look('rights', () => rights(db)),
    look('adoption', () => adoption(db)),
    look('counters', () => counters(db), 60_000),
    look('listen', (signal) => listen(db, signal)),
    look('transactions', () => transactions(db, subject)),
    look('gates', () => gates(db)),
    look('workers', () => workers(db, version)),
  ];
}
