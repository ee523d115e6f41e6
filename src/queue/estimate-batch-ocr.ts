import { multiplied } from '../contract/agent-reply/decimal.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import type { Db } from '../ledger/db.ts';
import { refusingLimit } from '../ledger/enqueue/enqueue-all.ts';
import { type EnqueueItem, type EnqueueOptions, isRefused } from '../ledger/enqueue/enqueue-rule.ts';
import { budgetsAgainst, type Judged, judgeAll, type OwnerCalls, recentPrice } from '../ledger/enqueue/estimate.ts';
import { budgetHolds } from '../words/costs.ts';
import { batchReceipts, refusalOf, refusedBatch, skippedOf } from './batch-receipts.ts';
import { budgetView } from './budgets.ts';
import type { HandlerDeps } from './deps.ts';
import { overLimit } from './over-limit.ts';
import type { Handlers } from './pipeline.ts';

type Estimate = OutputOf<'estimateBatchOcr'>;
type Price = NonNullable<Estimate['price']>;

export function createEstimateBatchOcr(deps: Pick<HandlerDeps, 'blobs' | 'prices'>): Handlers['estimateBatchOcr'] {
  return async (input, caller) => {
    const { db, tenant } = caller;
    const { items, options, notes: chosen } = await batchReceipts(deps, input, caller);
    const judged = items.length === 0 ? [] : await judgeAll(db, 'ocr', items, options);
    const refused = judged
      .filter(isRefused)
      .flatMap(({ verdict, subjects }) => subjects.map((subject) => refusalOf(subject, verdict)));
    const [first, ...others] = refused;
    if (first && !input.pending) throw refusedBatch(input, items.length, [first, ...others]);

    const jobs = judged.filter(({ verdict }) => verdict === 'new');
    const queued = sum(jobs.map(({ n }) => n));
    const deduplicated = sum(judged.filter(({ verdict }) => verdict === 'same').map(({ n }) => n));
    const calls = callsOf(jobs);
    const price = await priceFor(deps, db, tenant);
    const budgets = price && calls.length > 0 ? await budgetsAgainst(db, tenant, calls, price) : [];
    const agentCalls = sum(calls.map((each) => each.calls));
    const notes = [
      ...chosen,
      ...(price || agentCalls === 0 ? [] : ['No cost of any call is known, and no price is configured (AGENT_PRICE).']),
      ...budgets.flatMap((budget) =>
        budget.exceeded_by === '0' ? [] : [budgetHolds(budgetView(budget), budget.exceeded_by)],
      ),
      ...(await limitNotes(db, items, options, queued)),
    ];
    return {
      total: queued + deduplicated,
      queued,
      deduplicated,
      skipped: skippedOf(refused),
      stored_replies: queued - agentCalls,
      agent_calls: agentCalls,
      price: price ?? null,
      cost: price ? { amount: multiplied(price.per_call, agentCalls), currency: price.currency } : null,
      budgets: budgets.map((budget) => ({ ...budgetView(budget), exceeded_by: budget.exceeded_by })),
      ...(notes.length > 0 ? { notes } : {}),
    };
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

/** What the new jobs of each owner have to call. */
const callsOf = (jobs: readonly Judged[]): OwnerCalls[] =>
  jobs.flatMap(({ owner, n, stored }) => (owner === null || n === stored ? [] : [{ owner, calls: n - stored }]));

/** What calls cost lately is what they will cost, no matter who named it; a configured price stands in until there is one. */
async function priceFor({ prices }: Pick<HandlerDeps, 'prices'>, db: Db, tenant: string): Promise<Price | undefined> {
  const recent = await recentPrice(db, tenant);
  if (recent) return { ...recent, source: 'recent_calls' };
  const { perCall, currency } = prices;
  return perCall === undefined ? undefined : { per_call: perCall, currency, source: 'configured', calls: 0 };
}

async function limitNotes(
  db: Db,
  items: readonly EnqueueItem[],
  options: Pick<EnqueueOptions, 'tenant' | 'userId' | 'mode'>,
  queued: number,
): Promise<string[]> {
  const refusing = queued === 0 ? undefined : await refusingLimit(db, 'ocr', items, options);
  return refusing ? [`At this moment it would be refused: ${overLimit(refusing).message}`] : [];
}
