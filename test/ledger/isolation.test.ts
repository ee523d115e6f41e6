import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sqlstateOf } from '../../src/ledger/connection/sqlstates.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { useDatabase } from '../support/db.ts';
import { addTenants, expectNoTenantLeaks } from '../support/tenants.ts';
import { fillTenantTables, insertOf, rowsOf, type TenantTable, tenantTables } from './support/tenant-rows.ts';

const database = useDatabase();
let tables: TenantTable[] = [];
beforeAll(async () => {
  tables = await tenantTables(database.db);
  await fillTenantTables(database.db, tables, ['tenant-a', 'tenant-b']);
});

/** Reads only: which tenants a role of another program may queue for is decided by an operator. */
const NOT_WRITTEN_BY_REQUESTS = ['audit', 'sql_callers'];
/** What belongs to no tenant; a new table of ours has one, or its name belongs here. */
const OF_NOBODY = [
  'audit_head',
  'breaker',
  'epochs',
  'gates',
  'history_place',
  'ledger',
  'left_engines',
  'migrations',
  'queue_state',
  'secrets',
  'shared_settings',
  'totals',
  'webhook_place',
  'workers',
];
/** Each runs with its owner's rights, so each must check itself for whom, or tell nothing of anybody. */
const AS_OWNER = [
  'bury_receipt',
  'bury_receipts',
  'count_no_reviews',
  'count_review',
  'enqueue_ocr',
  'enqueue_ocr_batch',
  'job_no_at',
  'keep_changed_facts',
  'keep_facts_of_tenant',
  'keep_new_facts',
  'know_receipts',
  'try_agent_now',
];

const asA = () => database.db.as('tenant-a');

/** @returns the SQLSTATE with which the statement was refused, or how many rows it returned; nothing is kept */
async function attempt(db: Db, sql: string): Promise<string | number> {
  const undo = new Error('undo');
  let outcome: string | number = 'nothing happened';
  await db
    .transaction(async (tx) => {
      outcome = (await tx.query(sql)).length;
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) outcome = sqlstateOf(error) ?? String(error);
    });
  return outcome;
}

/** Runs `check` for every table, and names those that fail it. */
async function everyTable(check: (table: TenantTable) => Promise<boolean>): Promise<void> {
  const failing: string[] = [];
  for (const table of tables) if (!(await check(table))) failing.push(table.name);
  expect(failing).toEqual([]);
}

describe('[S3] [I9] a request of tenant A, on every table that has a tenant,', () => {
  it('is made under the request role, which is neither a superuser nor the owner', async () => {
    const [role] = await asA().query(
      `select current_user <> session_user as other, rolsuper or rolbypassrls or rolcanlogin as mighty,
         pg_has_role(current_user, (select relowner from pg_class where oid = 'pantry_queue.jobs'::regclass), 'MEMBER') as owner
       from pg_roles where rolname = current_user`,
    );
    expect(role).toEqual({ other: true, mighty: false, owner: false });
    expect(tables.length).toBeGreaterThan(8);
  });

  it('sees its own row and no other', async () => {
    await everyTable(async ({ name }) => {
      const seen = await rowsOf(asA(), name);
      const own = await rowsOf(database.db, name, `tenant_id = 'tenant-a'`);
      return own.length > 0 && JSON.stringify(seen) === JSON.stringify(own);
    });
  });

  it('may write its own row, so that a refusal is one for the tenant', async () => {
    await everyTable(async (table) => {
      if (NOT_WRITTEN_BY_REQUESTS.includes(table.name)) return true;
      const sql = `update pantry_queue.${table.name} set tenant_id = tenant_id returning 1 as one`;
      return (await attempt(asA(), sql)) === 1;
    });
  });

  it.each([
    ['insert a row of B', (table: TenantTable) => insertOf(table, 'tenant-b', 950), ['42501']],
    [
      'change a row of B',
      ({ name }: TenantTable) =>
        `update pantry_queue.${name} set tenant_id = 'tenant-a' where tenant_id = 'tenant-b' returning 1 as one`,
      [0, '42501'],
    ],
    [
      'give its own row to B',
      ({ name }: TenantTable) => `update pantry_queue.${name} set tenant_id = 'tenant-b' returning 1 as one`,
      ['42501'],
    ],
    [
      'delete a row of B',
      ({ name }: TenantTable) => `delete from pantry_queue.${name} where tenant_id = 'tenant-b' returning 1 as one`,
      [0, '42501'],
    ],
    ['empty the table', ({ name }: TenantTable) => `truncate pantry_queue.${name}`, ['42501']],
  ] as const)('may not %s', async (_what, sqlOf, refusals: readonly (string | number)[]) => {
    await everyTable(async (table) => refusals.includes(await attempt(asA(), sqlOf(table))));
  });

  it('sees nothing where no tenant is set', async () => {
    await everyTable(async ({ name }) => {
      const undone = await database.db.as('tenant-a').transaction(async (tx) => {
        await tx.execute('set local pantry_queue.tenant to default');
        return rowsOf(tx, name);
      });
      return undone.length === 0;
    });
  });

  it('sees no more through a view', async () => {
    const views = await database.db.query<{ name: string; tenant: boolean }>(
      `select c.relname::text as name from pg_class c
       where c.relnamespace = 'pantry_queue'::regnamespace and c.relkind in ('v', 'm')
         and exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id')`,
    );
    expect(views.map(({ name }) => name)).toContain('counts');
    for (const { name } of views) {
      expect(await rowsOf(asA(), name)).toEqual(await rowsOf(database.db, name, `tenant_id = 'tenant-a'`));
    }
  });

  it('may change nothing of what belongs to nobody', async () => {
    const rights = await asA().query<{ name: string; changes: string[] }>(
      `select c.relname::text as name, array(
         select distinct a.attname::text from pg_attribute a
         cross join unnest('{INSERT,UPDATE}'::text[]) p
         where a.attrelid = c.oid and a.attnum > 0 and has_column_privilege(c.oid, a.attnum, p)
         union select 'delete' where has_table_privilege(c.oid, 'DELETE')
         order by 1) as changes
       from pg_class c
       where c.relnamespace = 'pantry_queue'::regnamespace and c.relkind in ('r', 'p')
         and not exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id')
       order by 1`,
    );
    expect(rights.map(({ name }) => name)).toEqual(OF_NOBODY);
    expect(rights.filter(({ changes }) => changes.length > 0)).toEqual([]);
  });
});

describe('[S3] the functions of the ledger', () => {
  it('may be executed by nobody who was not granted them', async () => {
    const open = await database.db.query<{ name: string }>(
      `select f.oid::regprocedure::text as name from pg_proc f
       where f.pronamespace = 'pantry_queue'::regnamespace and has_function_privilege('public', f.oid, 'EXECUTE')`,
    );
    expect(open).toEqual([]);
  });

  it('run with the rights of their caller, but for those that check the tenant themselves', async () => {
    const definers = await database.db.query<{ name: string }>(
      `select proname::text as name from pg_proc
       where pronamespace = 'pantry_queue'::regnamespace and prosecdef order by 1`,
    );
    expect(definers.map(({ name }) => name)).toEqual(AS_OWNER);
  });
});

it('[S3] [I9] a tenant never leaks to the next user of a connection, whatever became of the one before', async () => {
  const db = createDb({ url: database.url, applicationName: 'leaks', maxConnections: 3 });
  onTestFinished(() => db.close());
  await database.db.query('delete from pantry_queue.batches');
  await addTenants(database.db);
  await expectNoTenantLeaks(db, new URL(database.url).username, 100);
});

it('[S3] a table that is added later gets its policies with the migration that adds it', async () => {
  await database.db.transaction(async (tx) => {
    await tx.execute('create table pantry_queue.later (tenant_id text not null)');
    await tx.execute('select pantry_queue.isolate()');
    await tx.execute(`insert into pantry_queue.later values ('tenant-a'), ('tenant-b')`);
  });
  expect(await rowsOf(asA(), 'later')).toEqual([{ tenant_id: 'tenant-a' }]);
});
