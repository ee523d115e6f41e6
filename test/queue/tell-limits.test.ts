import { expect, it } from 'vitest';
import type { Db } from '../../src/ledger/db.ts';
import { callerOf } from '../../src/queue/caller.ts';
import { createTellLimits } from '../../src/queue/tell-limits.ts';
import { asOwner } from '../support/owner.ts';

/** A ledger that never answers, and what it was asked. */
function silentLedger() {
  const asked: string[] = [];
  const db = {
    query(text: string) {
      asked.push(text);
      return new Promise<never>(() => {});
    },
  } as unknown as Db;
  return { asked, db };
}

it('[H3] an enqueue of a tenant without limits waits for no further statement, and a hundred make one', async () => {
  const { asked, db } = silentLedger();
  const heard: unknown[] = [];
  const tell = createTellLimits();
  const caller = callerOf({ as: () => db }, { ...asOwner, tellLimits: (limits) => heard.push(limits) }, undefined);
  for (let nth = 0; nth < 100; nth++) await tell(caller, 1);
  expect(asked).toHaveLength(1);
  expect(heard).toEqual([]);
});

it('[H3] nothing is read for a caller who does not listen', async () => {
  const { asked, db } = silentLedger();
  await createTellLimits()(callerOf({ as: () => db }, asOwner, undefined), 1);
  expect(asked).toEqual([]);
});
