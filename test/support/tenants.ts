import fc from 'fast-check';
import { expect } from 'vitest';
import type { Queryable } from '../../src/ledger/connection/queryable.ts';
import type { Db } from '../../src/ledger/db.ts';

/** Undefined: everybody, as the gate. */
type Who = 'tenant-a' | 'tenant-b' | undefined;

type Seen = { tenant: string | null; role: string; rows: string[] };

const LOOK = `
select nullif(current_setting('pantry_queue.tenant', true), '') as tenant, current_user::text as role,
  array(select tenant_id from pantry_queue.batches order by 1) as rows`;

/** What one user of a connection does with it before the next one gets it. */
const STEPS = {
  reads: async (db, check) => check(db),
  fails: async (db) => {
    await expect(db.query('select 1 / 0')).rejects.toThrow();
  },
  commits: (db, check) => db.transaction(check),
  'is refused in a transaction': async (db, check) => {
    const refused = db.transaction(async (tx) => {
      await check(tx);
      await tx.query('select 1 / 0');
    });
    await expect(refused).rejects.toThrow();
  },
  'gives a transaction up': async (db, check) => {
    const given = db.transaction(async (tx) => {
      await check(tx);
      throw new Error('given up');
    });
    await expect(given).rejects.toThrow('given up');
  },
  'goes on in a transaction that is spoiled': async (db) => {
    const spoiled = db.transaction(async (tx) => {
      await tx.query('select 1 / 0').catch(() => {});
      await tx.query('select 1 as one');
    });
    await expect(spoiled).rejects.toThrow();
  },
  'loses its connection': async (db) => {
    await expect(db.query('select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
  },
  'reads apart': (db, check) => check(db.apart),
} as const satisfies Record<string, (db: Db, check: (on: Queryable) => Promise<void>) => Promise<void>>;

const step = fc.record({
  who: fc.constantFrom<Who>('tenant-a', 'tenant-b', undefined),
  what: fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])),
});

/** Puts a row of each tenant where the property looks. */
export async function addTenants(db: Db): Promise<void> {
  await db.query(
    `insert into pantry_queue.batches (batch_id, tenant_id, user_id, total, queued)
     values ('a', 'tenant-a', 1, 1, 1), ('b', 'tenant-b', 1, 1, 1)`,
  );
}

/**
 * Anyone who takes a connection out of the pool, and whatever the one before has done with it, works for its own tenant.
 * @param login the role of the address
 * @param many how many runs, each of up to 40 steps, as many at once as there are connections
 */
export async function expectNoTenantLeaks(db: Db, login: string, many: number): Promise<void> {
  const [found] = await db.query<{ role: string }>(`select pantry_queue.request_role()::text as role`);
  const expected = (who: Who): Seen =>
    who === undefined
      ? { tenant: null, role: login, rows: ['tenant-a', 'tenant-b'] }
      : { tenant: who, role: found?.role ?? '', rows: [who] };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      await Promise.all(
        steps.map(({ who, what }) =>
          STEPS[what](who === undefined ? db : db.as(who), async (on) => {
            expect(await on.query<Seen>(LOOK)).toEqual([expected(who)]);
          }),
        ),
      );
    }),
    { numRuns: many },
  );
}
