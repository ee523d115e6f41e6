import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useDatabase } from '../support/db.ts';

const database = useDatabase();

const GRANTS = (role: string) => `
  grant usage on schema pantry_queue to ${role};
  grant execute on function pantry_queue.enqueue_ocr to ${role};
  grant execute on function pantry_queue.enqueue_ocr_batch to ${role};`;

/** A connection of an application, whose login may insert receipts and what `grants` says. */
async function application(options: { grants?: (role: string) => string; tenants?: string[] } = {}) {
  const role = `app_${randomBytes(4).toString('hex')}`;
  await database.db.transaction(async (tx) => {
    await tx.execute(`create role ${role} login password 'pw'; grant select, insert on public.receipts to ${role};
      grant usage on all sequences in schema public to ${role}; ${(options.grants ?? GRANTS)(role)}`);
    for (const tenant of options.tenants ?? []) {
      await tx.query('insert into pantry_queue.sql_callers values ($1, $2)', [role, tenant]);
    }
  });
  const url = new URL(database.url);
  url.username = role;
  url.password = 'pw';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await database.db.query(`drop owned by ${role}`);
    await database.db.query(`drop role ${role}`);
  });
  return client;
}

async function insert(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    `insert into public.receipts (user_id, image_path) values (7, 'minio://receipts/a.jpg') returning id`,
  );
  return rows[0].id;
}

const enqueue = async (client: pg.Client, id: number) =>
  (await client.query('select deduplicated from pantry_queue.enqueue_ocr($1)', [id])).rows;
const enqueueBatch = async (client: pg.Client, id: number) =>
  (await client.query('select deduplicated from pantry_queue.enqueue_ocr_batch($1)', [[id]])).rows;

const tenantsOf = async (id: number) =>
  (
    await database.db.query<{ receipt: string; job: string | null }>(
      `select s.tenant_id as receipt, j.tenant_id as job from pantry_queue.receipt_state s
       left join pantry_queue.jobs j on j.subject = s.receipt_id where s.receipt_id = $1`,
      [id],
    )
  )[0];

const FORBIDDEN = { code: '42501', detail: 'forbidden' };

describe.each([
  ['enqueue_ocr', enqueue],
  ['enqueue_ocr_batch', enqueueBatch],
])('[S3] [Q22] %s', (name, call) => {
  it('may be called by nobody who was not granted it', async () => {
    const client = await application({ grants: (role) => `grant usage on schema pantry_queue to ${role}` });
    const id = await insert(client);
    await expect(call(client, id)).rejects.toMatchObject({ code: '42501', message: expect.stringContaining(name) });
  });

  it('queues for the default tenant where its role has no other', async () => {
    const client = await application();
    const id = await insert(client);
    expect(await call(client, id)).toEqual([{ deduplicated: false }]);
    expect(await tenantsOf(id)).toEqual({ receipt: 'default', job: 'default' });
  });

  it('queues for no tenant that its role was not given, whatever the session says', async () => {
    const other = await application({ tenants: ['tenant-b'] });
    const receiptOfB = await insert(other);
    const client = await application();
    await expect(call(client, receiptOfB)).rejects.toMatchObject({ code: 'PQ404', detail: 'receipt_not_found' });
    await client.query(`set pantry_queue.tenant = 'tenant-b'`);
    await expect(call(client, receiptOfB)).rejects.toMatchObject({
      ...FORBIDDEN,
      message: expect.stringContaining('tenant-b'),
    });
    expect(await tenantsOf(receiptOfB)).toEqual({ receipt: 'tenant-b', job: null });
  });

  it('queues for the one tenant of its role without a word', async () => {
    const client = await application({ tenants: ['tenant-c'] });
    const id = await insert(client);
    expect(await call(client, id)).toEqual([{ deduplicated: false }]);
    expect(await tenantsOf(id)).toEqual({ receipt: 'tenant-c', job: 'tenant-c' });
    await client.query(`set pantry_queue.tenant = 'default'`);
    await expect(call(client, id)).rejects.toMatchObject(FORBIDDEN);
  });

  it('must be told which of several tenants is meant', async () => {
    const client = await application({ tenants: ['tenant-d', 'tenant-e'] });
    const id = await insert(client);
    await expect(call(client, id)).rejects.toMatchObject({
      ...FORBIDDEN,
      hint: expect.stringContaining('sql_callers'),
    });
    await client.query(`set pantry_queue.tenant = 'tenant-e'`);
    const ofE = await insert(client);
    expect(await call(client, ofE)).toEqual([{ deduplicated: false }]);
    expect(await tenantsOf(ofE)).toEqual({ receipt: 'tenant-e', job: 'tenant-e' });
  });

  it('lets the members of a group queue for the tenant of the group', async () => {
    const group = `team_${randomBytes(4).toString('hex')}`;
    await database.db.query(`create role ${group}`);
    await database.db.query('insert into pantry_queue.sql_callers values ($1, $2)', [group, 'tenant-f']);
    const client = await application({ grants: (role) => `${GRANTS(role)} grant ${group} to ${role};` });
    const id = await insert(client);
    await call(client, id);
    expect(await tenantsOf(id)).toEqual({ receipt: 'tenant-f', job: 'tenant-f' });
  });
});
