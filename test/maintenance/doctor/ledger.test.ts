import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { migrate } from '../../../src/ledger/migrate.ts';
import { beat } from '../../../src/ledger/processes/workers.ts';
import { EXISTING } from '../../ledger/support/adoptions.ts';
import { createTestDatabase } from '../../support/db.ts';
import { beatOf } from '../../support/gate.ts';
import { pgbouncer, startPooler } from '../../support/pgbouncer.ts';
import { freePort } from '../../support/ports.ts';
import { bySettings, VERSION } from './support/examined.ts';

async function database(options: { migrated?: boolean } = {}) {
  const made = await createTestDatabase(options);
  onTestFinished(() => made.drop());
  return made;
}

const changed = (url: string, change: (url: URL) => void) => {
  const other = new URL(url);
  change(other);
  return other.href;
};

describe('[H6] doctor says of the ledger', () => {
  it('that all is well, with its version and name', async () => {
    const { url } = await database();
    const { of, report } = await bySettings({ DATABASE_URL: url });
    for (const check of ['ledger', 'schema', 'rights', 'adoption', 'counters', 'listen', 'transactions'] as const) {
      expect(of(check), check).toMatchObject({ state: 'ok', mend: null, code: null });
    }
    expect(of('ledger').says).toContain(`database ${new URL(url).pathname.slice(1)}`);
    expect(report).toMatchObject({ profile: 'settings', version: VERSION });
  });

  it('that nothing listens at its address, a password is wrong, a database is absent, and never the password', async () => {
    const { url } = await database();
    const port = await freePort();
    const silent = await bySettings({
      DATABASE_URL: changed(url, (at) => {
        at.port = String(port);
      }),
    });
    expect(silent.of('ledger')).toMatchObject({ state: 'failed', code: 'ledger_unavailable' });
    expect(silent.of('schema')).toMatchObject({ state: 'skipped' });
    expect(silent.of('temporal')).toMatchObject({ state: 'ok' });
    const wrong = await bySettings({
      DATABASE_URL: changed(url, (at) => {
        at.password = 'canary%2Fsecret';
      }),
    });
    expect(wrong.of('ledger')).toMatchObject({ state: 'failed', code: 'ledger_misconfigured' });
    expect(JSON.stringify(wrong.report)).not.toMatch(/canary/);
    const absent = await bySettings({
      DATABASE_URL: changed(url, (at) => {
        at.pathname = '/nowhere';
      }),
    });
    expect(absent.of('ledger').says).toContain('database "nowhere" does not exist');
  });

  it('that it is read-only, with the setting that makes it so', async () => {
    const { url, db } = await database();
    const name = new URL(url).pathname.slice(1);
    await db.query(`alter database ${name} set default_transaction_read_only = on`);
    const { of } = await bySettings({ DATABASE_URL: url });
    expect(of('ledger')).toMatchObject({ state: 'failed', says: 'The database is read-only: a standby, or set so.' });
  });

  it('that its tables are missing or of another version, and the command that brings them in', async () => {
    const empty = await database({ migrated: false });
    const first = await bySettings({ DATABASE_URL: empty.url });
    expect(first.of('schema')).toMatchObject({ state: 'failed', mend: 'Bring them in: pantry-queue migrate' });
    expect(await empty.db.query(`select 1 from pg_namespace where nspname = 'pantry_queue'`)).toEqual([]);
    await migrate(empty.db);
    await empty.db.query(`update pantry_queue.migrations set sha256 = 'older' where name like 'functions/%'`);
    expect((await bySettings({ DATABASE_URL: empty.url })).of('schema')).toMatchObject({ state: 'failed' });
    await empty.db.query(`insert into pantry_queue.migrations (name, sha256) values ('0099_later.sql', 'x')`);
    expect((await bySettings({ DATABASE_URL: empty.url })).of('schema').says).toContain('0099_later.sql');
  });

  it('which grants its role lacks, as statements', async () => {
    const { url, db } = await database();
    const role = `doctor_${randomBytes(4).toString('hex')}`;
    await db.query(`create role ${role} login password 'pw-of-doctor'`);
    onTestFinished(async () => {
      const admin = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
      await admin.connect();
      await admin.query(`drop role ${role}`);
      await admin.end();
    });
    await db.query(`grant usage on schema pantry_queue to ${role}`);
    await db.query(`grant select on pantry_queue.migrations to ${role}`);
    await db.query(`grant select, update on pantry_queue.queue_state to ${role}`);
    const { of, report } = await bySettings({
      DATABASE_URL: changed(url, (at) => {
        at.username = role;
        at.password = 'pw-of-doctor';
      }),
    });
    expect(of('rights')).toMatchObject({ state: 'failed', mend: expect.stringContaining(`to ${role};`) });
    expect(of('transactions')).toMatchObject({
      state: 'warned',
      mend: expect.stringContaining(`grant pg_read_all_stats to ${role};`),
    });
    expect(JSON.stringify(report)).not.toContain('pw-of-doctor');
    await db.query(`drop owned by ${role}`);
  });

  it('what of existing tables would refuse a reading, with the statement that changes it', async () => {
    const { url, db } = await database({ migrated: false });
    await db.transaction((tx) => tx.execute(EXISTING));
    await migrate(db);
    await db.query('delete from public.receipts');
    await db.query('alter table public.receipts add column mine text not null');
    const { of } = await bySettings({ DATABASE_URL: url });
    expect(of('adoption')).toMatchObject({
      state: expect.stringMatching(/warned|failed/),
      mend: expect.stringContaining('mine'),
    });
    await db.query('alter table public.receipts drop column ocr_text');
    const refused = await bySettings({ DATABASE_URL: url });
    expect(refused.failed).toContain('adoption');
    expect(refused.report.checks.find(({ check, state }) => check === 'adoption' && state === 'failed')).toMatchObject({
      says: expect.stringContaining('ocr_text'),
      mend: expect.stringContaining('add column ocr_text text;'),
    });
  });

  it('which counters are not what a recount gives', async () => {
    const { url, db } = await database();
    await db.query(
      `insert into pantry_queue.counters (tenant_id, user_id, status, error_code, shard, n) values ('default', 7, 'failed', 'gave_up', 0, 3)`,
    );
    const { of } = await bySettings({ DATABASE_URL: url });
    expect(of('counters')).toMatchObject({
      state: 'failed',
      says: expect.stringContaining('user 7 failed gave_up: 3 instead of 0'),
      mend: expect.stringContaining('pantry-queue verify'),
    });
  });

  it('which transaction stays open, prepared ones too, and what ends it: that statement really does', async () => {
    const { url, db } = await database();
    const holder = new pg.Client({ connectionString: url, application_name: 'holder' });
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query('begin');
    await holder.query('select pg_current_xact_id()');
    const held = await bySettings({ DATABASE_URL: url }, { transactionS: 0 });
    const finding = held.report.checks.find(({ check, says }) => check === 'transactions' && says.includes('holder'));
    expect(finding).toMatchObject({
      state: 'failed',
      mend: expect.stringMatching(/select pg_terminate_backend\(\d+\);$/),
    });
    await db.query(String(finding?.mend?.replace('End it: ', '')));
    await expect
      .poll(async () => (await db.query(`select 1 from pg_stat_activity where application_name = 'holder'`)).length)
      .toBe(0);
    await holder.end().catch(() => undefined);
  });

  it('that nobody moves jobs on and no worker runs, and that a worker is of another version', async () => {
    const { url, db } = await database();
    const { of } = await bySettings({ DATABASE_URL: url });
    expect(of('gates')).toMatchObject({ state: 'failed', mend: expect.stringContaining('pantry-queue server') });
    expect(of('workers')).toMatchObject({ state: 'failed', mend: expect.stringContaining('pantry-queue worker') });
    await beat(db, beatOf(randomUUID(), { version: '0.9.0' }));
    await db.query(
      `insert into pantry_queue.gates (gate_id, name, late_round, late_since) values (gen_random_uuid(), 'server here', 'admit', now())`,
    );
    const later = await bySettings({ DATABASE_URL: url });
    expect(later.of('workers')).toMatchObject({ state: 'warned', says: expect.stringContaining('0.9.0') });
    expect(later.of('gates')).toMatchObject({ state: 'warned', says: expect.stringContaining('"admit"') });
    await db.query(`update pantry_queue.workers set role = 'workflow'`);
    expect((await bySettings({ DATABASE_URL: url })).of('workers')).toMatchObject({
      state: 'failed',
      mend: expect.stringContaining('--role agent'),
    });
  });
});

const missing = 'missing' in pgbouncer ? pgbouncer.missing : undefined;
if (missing !== undefined) process.stderr.write(`Skipped: ${missing}\n`);

describe.skipIf(missing !== undefined)('[H6] behind PgBouncer doctor says', () => {
  it('that notifications do not come through, until the server itself is named for them', async () => {
    const pooler = await startPooler('transaction');
    onTestFinished(() => pooler.stop());
    const { url } = await database();
    const pooled = `${pooler.url}${new URL(url).pathname}`;
    const without = await bySettings({ DATABASE_URL: pooled });
    expect(without.of('ledger')).toMatchObject({ state: 'ok' });
    expect(without.of('listen')).toMatchObject({
      state: 'warned',
      mend: expect.stringContaining('DATABASE_LISTEN_URL'),
    });
    const named = await bySettings({ DATABASE_URL: pooled, DATABASE_LISTEN_URL: url });
    expect(named.of('listen')).toMatchObject({ state: 'ok' });
  });

  it('that a pooler which shares a connection between statements cannot be used', async () => {
    const pooler = await startPooler('statement');
    onTestFinished(() => pooler.stop());
    const { url } = await database();
    const { report } = await bySettings({ DATABASE_URL: `${pooler.url}${new URL(url).pathname}` });
    const failed = report.checks.filter(({ state }) => state === 'failed');
    expect(failed).toContainEqual(expect.objectContaining({ code: 'pooler_unsupported' }));
  });
});
