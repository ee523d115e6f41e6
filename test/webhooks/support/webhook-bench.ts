import { beforeEach, vi } from 'vitest';
import type { CallContext } from '../../../src/contract/principal.ts';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import { clearJobs, type GateBench } from '../../support/gate.ts';
import { finished } from '../../support/job-states.ts';
import { asOwner } from '../../support/owner.ts';

/** Webhooks over a bench, whose rounds are driven by hand. */
export function createWebhookBench(bench: GateBench) {
  beforeEach(async () => {
    await bench.webhooks.idle();
    await clearJobs(bench.db);
    for (const table of ['webhooks', 'deliveries', 'events', 'batches']) {
      await bench.db.query(`delete from pantry_queue.${table}`);
    }
    await bench.db.query('delete from public.receipts');
  });

  const create = (asked: Partial<InputOf<'createWebhook'>> & { url: string }, as: CallContext = asOwner) =>
    bench.queue.createWebhook({ events: ['job.finished', 'job.failed', 'job.canceled'], ...asked }, as);

  /** Tells until so many deliveries were made: transactions of others may keep an event from being final for a moment. */
  async function tell(deliveries = 1): Promise<void> {
    let made = 0;
    await vi.waitFor(
      async () => {
        made += (await bench.webhooks.tell()).deliveries;
        if (made < deliveries) throw new Error(`${made} of ${deliveries} deliveries were made`);
      },
      { timeout: 30_000, interval: 20 },
    );
  }

  /** Makes deliveries, and all tries that are due. */
  async function deliver(deliveries = 1): Promise<void> {
    await tell(deliveries);
    await send();
  }

  async function send(): Promise<void> {
    await bench.webhooks.begin();
    await bench.webhooks.idle();
  }

  /** Everything that is timed is so much later. */
  async function pass(interval: string): Promise<void> {
    const back = (columns: readonly string[]) => columns.map((each) => `${each} = ${each} - $1::interval`).join(', ');
    await bench.db.query(
      `update pantry_queue.deliveries set ${back(['created_at', 'tried_at', 'next_try_at', 'give_up_at', 'ended_at'])}`,
      [interval],
    );
    await bench.db.query(
      `update pantry_queue.webhooks set ${back(['wake_at', 'hold_until', 'failing_since', 'old_secret_until'])}`,
      [interval],
    );
  }

  const show = (webhook_id: string) => bench.queue.getWebhook({ webhook_id }, asOwner);
  const deliveries = async (webhook_id: string) =>
    (await bench.queue.listDeliveries({ webhook_id }, asOwner)).deliveries;
  const one = async (webhook_id: string) => {
    const [only, ...others] = await deliveries(webhook_id);
    if (!only || others.length > 0) throw new Error(`${others.length + 1} deliveries`);
    return only;
  };
  /** So many jobs that have just finished. */
  const finish = async (count: number) => {
    const runs = [];
    for (let nth = 0; nth < count; nth++) runs.push(await finished(bench.db));
    return runs;
  };

  return { create, tell, deliver, send, pass, show, deliveries, one, finish };
}
