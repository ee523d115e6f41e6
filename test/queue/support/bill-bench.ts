import { type CallCost, UNPRICED } from '../../../src/contract/cost.ts';
import type { RunKey } from '../../../src/contract/job.ts';
import { foldCosts } from '../../../src/ledger/money/bill.ts';
import { storeReply } from '../../../src/ledger/replies.ts';
import { verifyLedger } from '../../../src/verify/verify.ts';
import { addReceipts } from '../../support/db.ts';
import { clearJobs, type GateBench } from '../../support/gate.ts';
import { replyOf } from '../../support/job-states.ts';
import { asOwner } from '../../support/owner.ts';

/** Calls of these tests are of other days and years: nothing is called overdue by the clock of today. */
const YEARS_MS = 10 * 366 * 86_400_000;

/** Paid calls over a bench, made by the statement that stores a reply. */
export function createBillBench(bench: GateBench) {
  const clearAll = async () => {
    await clearJobs(bench.db);
    for (const table of ['events', 'batches', 'paid_calls', 'costs', 'budgets']) {
      await bench.db.query(`delete from pantry_queue.${table}`);
    }
  };

  const usd = (amount: string, more: Partial<CallCost> = {}): CallCost => ({
    ...UNPRICED,
    amount,
    currency: 'USD',
    ...more,
  });

  /** A job of this user whose call is under way. */
  async function called(userId = 1): Promise<RunKey> {
    const [id = 0] = await addReceipts(bench.db, 1, userId);
    await bench.queue.enqueueOcr({ receipt_id: id, user_id: userId }, asOwner);
    for (const state of ['queued/worker', 'started/agent']) {
      await bench.db.query(
        `update pantry_queue.jobs set status = split_part($2, '/', 1), phase = split_part($2, '/', 2), attempt = 1
         where subject = $1`,
        [id, state],
      );
    }
    return { kind: 'ocr', subject: id, generation: 1, runNo: 1 };
  }

  const store = (run: RunKey, cost: CallCost, attempt = 1) =>
    storeReply(bench.db, run, attempt, { ...replyOf(run.subject), cost });

  async function paid(cost: CallCost, userId = 1): Promise<RunKey> {
    const run = await called(userId);
    await store(run, cost);
    return run;
  }

  /** A call at another time: the clock of the bill is the time of its row. */
  async function paidAt(at: string, cost: CallCost, userId = 1): Promise<void> {
    const run = await called(userId);
    await bench.db.query(
      `insert into pantry_queue.paid_calls (job_no, attempt, tenant_id, user_id, cost, currency, model, at)
       select job_no, 1, tenant_id, user_id, $2, $3, $4, $5 from pantry_queue.jobs where subject = $1`,
      [run.subject, cost.amount ?? null, cost.amount === undefined ? null : cost.currency, cost.model ?? null, at],
    );
  }

  const costs = (asked: Parameters<typeof bench.queue.getCosts>[0] = {}) => bench.queue.getCosts(asked, asOwner);
  const fold = () => foldCosts(bench.db);
  const caps = () =>
    bench.db.query(
      `select user_id, in_flight, note from pantry_queue.caps where reason = 'budget_exhausted' order by user_id nulls first`,
    );
  const eventsOf = (kind: string) =>
    bench.db.query<{ job_no: number | null; user_id: number; data: Record<string, unknown> }>(
      'select job_no, user_id, data from pantry_queue.events where kind = $1 order by id',
      [kind],
    );
  /** What verify finds of the bill. */
  const wrong = async () => {
    const { findings } = await verifyLedger(bench.db, { ledgerId: '', workflowIdPrefix: '', staleAfterMs: YEARS_MS });
    return findings.filter(({ check }) => /^(paid|cost|budget)_/.test(check));
  };

  return { clearAll, usd, called, store, paid, paidAt, costs, fold, caps, eventsOf, wrong };
}
