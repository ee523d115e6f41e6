import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { insertReceipt } from '../../src/jobs/ocr/new-receipt.ts';
import { atStart } from '../../src/ledger/connection/start-up.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { enqueueEach } from '../../src/ledger/enqueue/enqueue-each.ts';
import type { EnqueueRequest } from '../../src/ledger/enqueue/enqueue-rule.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { addReceipts, createTestDatabase } from '../support/db.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { expectLedgerInOrder } from '../support/witness.ts';

/** An application owns the two tables; the queue runs as a role that has only what it was granted. */
async function leastPrivilege(options: { tables?: boolean; migrated?: boolean } = {}) {
  const database = await createTestDatabase({ migrated: false });
  const role = `queue_${randomBytes(4).toString('hex')}`;
  const name = new URL(database.url).pathname.slice(1);
  const admin = database.db;
  await admin.query(`create role ${role} login password 'pw'`);
  await admin.query(`revoke create on schema public from public`);
  if (options.tables !== false) {
    await admin.transaction((tx) =>
      tx.execute(`
        create table public.receipts (
          id bigserial primary key, user_id bigint not null, image_path text not null, purchase_date date,
          status text not null, ocr_status text not null, merchant_name text, total_amount numeric, currency text,
          extraction_confidence numeric, extraction_errors text, ocr_text text, parsed_at timestamptz,
          created_at timestamptz default now(), updated_at timestamptz default now());
        create table public.receipt_items (
          id bigserial primary key, receipt_id bigint not null references public.receipts (id), item_name text,
          quantity numeric, unit_price numeric, total_price numeric, currency text, confidence numeric);`),
    );
  }
  if (options.migrated) await migrate(admin);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'pw';
  const db = createDb({ url: url.href, applicationName: 'least-privilege' });
  onTestFinished(async () => {
    await db.close();
    await admin.query(`drop owned by ${role} cascade`);
    await database.drop();
  });
  return { admin, db, role, name, url: url.href };
}

/** Runs what each refusal says, until there is none; @returns the refusals. */
async function grantWhatIsAsked(admin: Db, db: Db): Promise<string[]> {
  const refusals: string[] = [];
  for (let tries = 0; tries < 12; tries++) {
    try {
      await atStart(() => migrate(db));
      return refusals;
    } catch (error) {
      const { message, hint, code } = error as { message: string; hint: string; code: string };
      expect(['ledger_misconfigured', 'adoption_refused']).toContain(code);
      const grants = `${message} ${hint}`.match(/grant [^;]+;/g) ?? [];
      expect(grants, message).not.toEqual([]);
      for (const grant of grants) await admin.query(grant);
      refusals.push(message);
    }
  }
  throw new Error(`never satisfied: ${refusals.join('\n')}`);
}

const REQUEST: EnqueueRequest = {
  subject: 1,
  asked: undefined,
  tenant: 'default',
  userId: 1,
  priority: 'default',
  mode: 'once',
};

/** What a start says of isolation: the finding and its remedy. */
async function startTelling(db: Db): Promise<{ finding: string; remedy: string }[]> {
  const told: { finding: string; remedy: string }[] = [];
  await atStart(() =>
    migrate(db, {
      info() {},
      warn(fields, event) {
        if (event === 'ledger.not_isolated') told.push(fields as (typeof told)[number]);
      },
      error() {},
    }),
  );
  return told;
}

const isIsolated = async (db: Db) => {
  const [row] = await db.as('default').query<{ so: boolean }>('select current_user <> session_user as so');
  return row?.so;
};

/** Runs the statement of a remedy in words. */
const follow = (admin: Db, remedy: string) =>
  admin.query(/select .*;/.exec(remedy)?.[0] ?? `no statement in: ${remedy}`);

describe('a role that may only what it was granted', () => {
  it('[P9] adopts an application’s tables after the grants that each refusal names', async () => {
    const { admin, db } = await leastPrivilege();
    const refusals = await grantWhatIsAsked(admin, db);
    expect(refusals.join('\n')).toMatch(/grant create on database/);
    expect(refusals.join('\n')).toMatch(/may not SELECT, UPDATE, REFERENCES, TRIGGER on public.receipts/);
    // No CREATE on schema public was asked for: the tables are there.
    expect(refusals.join('\n')).not.toMatch(/create on schema public/);
    await admin.query(
      `insert into public.receipts (user_id, image_path, status, ocr_status) values (1, 'minio://receipts/a.jpg', 'uploaded', 'pending')`,
    );
    const [job] = await enqueueEach(db.as('default'), 'ocr', [REQUEST]);
    expect(job?.verdict).toBe('new');
  });

  it('[S3] [P9] serves one tenant where it may make no roles, says so at each start, and refuses a second tenant', async () => {
    const { admin, db } = await leastPrivilege();
    await grantWhatIsAsked(admin, db);
    const [told] = await startTelling(db);
    expect(told?.finding).toMatch(/there is no role pantry_queue_request_/);
    expect(await isIsolated(db)).toBe(false);
    await expect(db.as('tenant-b').query('select 1 as one')).rejects.toMatchObject({
      code: 'ledger_misconfigured',
      message: expect.stringContaining('tenant-b'),
      hint: expect.stringContaining('ledger.not_isolated'),
    });
    await admin.query(
      `insert into pantry_queue.arrivals (tenant_id, user_id, status, n) values ('tenant-b', 1, 'queued', 1)`,
    );
    await expect(startTelling(db)).rejects.toMatchObject({
      code: 'ledger_misconfigured',
      message: expect.stringContaining('more than one tenant'),
      hint: expect.stringContaining('select pantry_queue.isolate('),
    });
  });

  it('[S3] [P9] is isolated after the remedy that the start names, as the owner of the tables', async () => {
    const { admin, db } = await leastPrivilege();
    await grantWhatIsAsked(admin, db);
    const [told] = await startTelling(db);
    await follow(admin, told?.remedy ?? '');
    expect(await startTelling(db)).toEqual([]);
    expect(await isIsolated(db)).toBe(true);
    expect(await db.as('tenant-b').query('select from public.receipts')).toEqual([]);
  });

  it('[S3] [P9] is isolated at once where it may create roles', async () => {
    const { admin, db, role } = await leastPrivilege();
    await admin.query(`alter role ${role} createrole`);
    await admin.query(`alter table public.receipts owner to ${role}`);
    await admin.query(`alter table public.receipt_items owner to ${role}`);
    await grantWhatIsAsked(admin, db);
    expect(await startTelling(db)).toEqual([]);
    expect(await isIsolated(db)).toBe(true);
  });

  it('[S3] [P9] is named what its requests lack of the tables that an application owns', async () => {
    const { admin, db, role } = await leastPrivilege();
    await admin.query(`alter role ${role} createrole`);
    await grantWhatIsAsked(admin, db);
    const [told] = await startTelling(db);
    expect(told?.finding).toMatch(/role pantry_queue_request_\w+ may not SELECT, UPDATE on public.receipts/);
    expect(await isIsolated(db)).toBe(false);
    await follow(admin, told?.remedy ?? '');
    expect(await startTelling(db)).toEqual([]);
    expect(await isIsolated(db)).toBe(true);
  });

  it('[P9] without the application’s tables is told that it may not make them', async () => {
    const { admin, db } = await leastPrivilege({ tables: false });
    expect((await grantWhatIsAsked(admin, db)).join('\n')).toMatch(/grant create on schema public/);
  });

  it('[P9] starts on tables that somebody else has migrated after the grants that the refusals name', async () => {
    const { admin, db } = await leastPrivilege({ migrated: true });
    const refusals = await grantWhatIsAsked(admin, db);
    expect(refusals).toEqual([expect.stringMatching(/Missing: grant pantry_queue_gate_\w+ to queue_\w+;$/)]);
    const [told] = await startTelling(db);
    expect(told?.finding).toMatch(/role queue_\w+ may not become pantry_queue_request_/);
    expect(await isIsolated(db)).toBe(false);
    await follow(admin, told?.remedy ?? '');
    expect(await startTelling(db)).toEqual([]);
    expect(await isIsolated(db)).toBe(true);
  });

  it('[P9] whose rights are taken away while it runs gets a precise error, with the words of the server as its cause', async () => {
    const { admin, db, role } = await leastPrivilege({ migrated: true });
    await grantWhatIsAsked(admin, db);
    const [gate] = await admin.query<{ role: string }>(`select pantry_queue.role_of('gate') as role`);
    await admin.query(`revoke insert on public.receipts from ${role}, ${gate?.role}`);
    const image = { imagePath: 'x', sha256: 's', bytes: 1, allowDuplicate: false };
    const receipt = { tenant: 'default', userId: 1, purchaseDate: '2026-01-01', ...image };
    await expect(insertReceipt(db, receipt)).rejects.toMatchObject({
      code: 'ledger_misconfigured',
      message: expect.stringContaining('42501'),
      cause: { code: '42501', message: expect.stringContaining('receipts') },
    });
  });
});

describe('a login that owns nothing and is a member of the two roles', () => {
  it('[S3] [P9] runs the whole queue: jobs are accepted, admitted, read, saved, canceled and deleted', async () => {
    const { admin, url, role } = await leastPrivilege({ migrated: true, tables: false });
    await admin.query(`select pantry_queue.isolate('${role}')`);
    const queue = await createInstallation({ database: url });
    onTestFinished(() => queue.dispose());
    const [read = 0, canceled = 0] = await addReceipts(admin, 2);
    await queue.queue.enqueueOcr({ receipt_id: canceled }, asOwner);
    await queue.queue.cancelJob({ job_id: `ocr-${canceled}` }, asOwner);
    await queue.work({ extract: async (request) => bytesOf(replyFor(request)) });
    await queue.queue.enqueueBatchOcr({ receipt_ids: [read] }, asOwner);
    await queue.waitFor(`ocr-${read}`, ({ status }) => status === 'finished');
    await queue.queue.retryJob({ job_id: `ocr-${canceled}` }, asOwner);
    await queue.waitFor(`ocr-${canceled}`, ({ status }) => status === 'finished');
    expect(await queue.queue.queueInfo({}, asOwner)).toMatchObject({ finished_jobs: 2, problems: [] });
    expect(await queue.queue.getReceipt({ receipt_id: read }, asOwner)).toMatchObject({ ocr_status: 'completed' });
    await queue.queue.deleteReceipt({ receipt_id: read }, asOwner);
    await expectLedgerInOrder({ db: queue.db });
    expect(await isIsolated(queue.db)).toBe(true);
  });
});

describe('a schema public that is not what it usually is', () => {
  it('[P9] without rights for everybody is served all the same', async () => {
    const database = await createTestDatabase({ migrated: false });
    onTestFinished(() => database.drop());
    await database.db.query('revoke all on schema public from public');
    await migrate(database.db);
    await addReceipts(database.db, 1);
    const ids = await database.db.as('default').query('select id from public.receipts');
    expect(ids).toHaveLength(1);
    expect(await isIsolated(database.db)).toBe(true);
  });

  it('[P9] that is not there is named at the start', async () => {
    const database = await createTestDatabase({ migrated: false });
    onTestFinished(() => database.drop());
    await database.db.query('drop schema public');
    await expect(atStart(() => migrate(database.db))).rejects.toMatchObject({
      code: 'ledger_misconfigured',
      message: expect.stringMatching(/^The database lacks a schema: .*"public" does not exist/),
    });
  });
});
