import { expect } from 'vitest';
import * as z from 'zod';
import { EVENTS, type EventKind } from '../../src/contract/events.ts';
import type { Db } from '../../src/ledger/db.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import type { HttpAgent } from './http-agent.ts';

/** Waits until every job of the receipts has ended; says what is left when that takes too long. */
export async function untilEnded(db: Db, receiptIds: readonly number[], timeoutMs: number): Promise<void> {
  const endsAt = Date.now() + timeoutMs;
  for (;;) {
    const open = await db
      .query<{ receipt_id: number; state: string; run_no: number; attempt: number }>(
        `select subject as receipt_id, pantry_queue.state_of(status, phase) as state, run_no, attempt from pantry_queue.jobs
         where subject = any($1) and live order by 1`,
        [receiptIds],
      )
      // The database may be what is being killed.
      .catch(() => undefined);
    if (open?.length === 0) return;
    if (Date.now() > endsAt) throw new Error(`not ended: ${JSON.stringify(open)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** I1, I3 and I16, from three independent logs: the ledger, the replaced system's tables, the agent. */
export async function expectOneResultEach(db: Db, receiptIds: readonly number[], agent: HttpAgent): Promise<void> {
  const jobs = await db.query<{
    receipt_id: number;
    status: string;
    finished_events: number;
    items: number;
    ocr: string;
  }>(
    `select j.subject as receipt_id, j.status,
       (select count(*)::int from pantry_queue.events e
        where e.job_no = j.job_no and e.kind = 'finished') as finished_events,
       (select count(*)::int from public.receipt_items i where i.receipt_id = j.subject) as items,
       (select ocr_status from public.receipts r where r.id = j.subject) as ocr
     from pantry_queue.jobs j where subject = any($1) order by 1`,
    [receiptIds],
  );
  expect(jobs).toEqual(
    [...receiptIds]
      .sort((a, b) => a - b)
      .map((id) => ({ receipt_id: id, status: 'finished', finished_events: 1, items: 2, ocr: 'completed' })),
  );
  await expectPaidOnce(db, agent);
}

/**
 * I16, from the agent's own log: a receipt is read once, and again only where the worker that held it died, before its
 * reply was stored or with it in hand; the ledger says of each whether that was so.
 * @param tries answers that the agent owes a receipt without any fault: 2 where it fails first; default 1
 */
export async function expectPaidOnce(
  db: Db,
  agent: HttpAgent,
  tries: (receiptId: number) => number = () => 1,
): Promise<void> {
  const lost = await db.query<{ receipt_id: number; n: number }>(
    `select subject as receipt_id, count(*)::int as n from pantry_queue.events e join pantry_queue.jobs j using (job_no)
     where e.kind = 'attempt_lost' group by 1`,
  );
  const lostOf = new Map(lost.map((row) => [row.receipt_id, row.n]));
  const calls = new Map<number, number>();
  for (const { receiptId } of agent.log) calls.set(receiptId, (calls.get(receiptId) ?? 0) + 1);
  const paidTooOften = [...calls].filter(([id, n]) => n > tries(id) + (lostOf.get(id) ?? 0));
  expect(paidTooOften, 'paid calls are one a job, and those of workers that died').toEqual([]);
}

/** Every event that was recorded is as the table of events says. */
export async function expectEventsAsTabled(db: Db): Promise<void> {
  const events = await db.query<{ kind: EventKind; data: unknown }>(
    'select distinct kind, data from pantry_queue.events limit 100000',
  );
  for (const { kind, data } of events) {
    const row = EVENTS[kind];
    const schema = row && 'data' in row ? row.data : z.null();
    expect({ kind, data, problem: schema.safeParse(data).error?.message }).toEqual({ kind, data, problem: undefined });
  }
}

/** The product's own checker: nothing lost, doubled or stale; events replay; counters are a recount. */
export async function expectLedgerInOrder({ db }: { db: Db }): Promise<void> {
  const report = await verifyLedger(db, { ledgerId: await readLedgerId(db), workflowIdPrefix: '' });
  const events = await db.query(
    `select pantry_queue.job_id_of(j.kind, subject, generation) as job, e.kind, e.state, e.run_no, e.attempt
     from pantry_queue.events e join pantry_queue.jobs j using (job_no)
     where pantry_queue.job_id_of(j.kind, subject, generation) = any($1) order by job_no, e.id`,
    [report.findings.flatMap((finding) => finding.ids)],
  );
  expect({ findings: report.findings, events }).toEqual({ findings: [], events: [] });
  await expectEventsAsTabled(db);
}
