import { describe, expect, it, onTestFinished } from 'vitest';
import { NO_PRICES } from '../../src/contract/cost.ts';
import { createCropper } from '../../src/crop/cropper.ts';
import { endBatches } from '../../src/ledger/batches/batch-ends.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { createQueue } from '../../src/queue/create-queue.ts';
import { addReceipts } from '../support/db.ts';
import { FOR_EVER, noBlobs } from '../support/gate.ts';
import { begun, deleted, ended, handedOver, waiting } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { testWebhooks } from '../support/webhooks.ts';
import { useCluster } from './support/cluster.ts';
import { startProcess } from './support/process.ts';

const cluster = useCluster();
const names = { ledgerId: 'test', queueName: 'test', workflowIdPrefix: '' };

async function startQueue() {
  const there = await startProcess(cluster.url);
  const { db, feed, notifier } = there;
  return {
    ...there,
    queue: createQueue({
      cropper: createCropper(),
      db,
      feed,
      notifier,
      blobs: noBlobs,
      prices: NO_PRICES,
      retention: FOR_EVER,
      webhooks: testWebhooks({ db, ledgerId: 'test' }),
      ...names,
    }),
  };
}
const idOf = ({ subject }: { subject: number }) => `ocr-${subject}`;
const cancel = (run: Parameters<typeof endJob>[1]) => endJob(cluster.db, run, { status: 'canceled' });

describe('wait_for_jobs', () => {
  it('[Q14] answers with what has ended, and with all only when none is left', async () => {
    const { queue, notifier } = await startQueue();
    const runs = [await handedOver(cluster.db), await handedOver(cluster.db)];
    const [first, second] = runs;
    if (!first || !second) throw new Error('no run');
    const job_ids = runs.map(idOf);
    const any = queue.waitForJobs({ job_ids, until: 'any', wait_seconds: 45 }, asOwner);
    const all = queue.waitForJobs({ job_ids, wait_seconds: 45 }, asOwner);
    await cancel(first);
    notifier.changed([]);
    expect(await any).toMatchObject({ met: true, waiting: 1 });
    await cancel(second);
    notifier.changed([]);
    expect(await all).toMatchObject({
      met: true,
      waiting: 0,
      jobs: job_ids.map((job_id) => ({ job_id, status: 'canceled', phase: null })),
    });
  });

  it('[Q14] tells only what has changed since the cursor, in another process as well', async () => {
    const one = await startQueue();
    const runs = [await waiting(cluster.db), await waiting(cluster.db), await handedOver(cluster.db)];
    const [, second] = runs;
    if (!second) throw new Error('no run');
    const job_ids = runs.map(idOf);
    const start = await one.queue.waitForJobs({ job_ids, until: 'changed', wait_seconds: 45 }, asOwner);
    expect(start.jobs.map(({ job_id }) => job_id)).toEqual(job_ids);
    await one.stop();

    const { queue, notifier } = await startQueue();
    const still = { job_ids, until: 'changed', cursor: start.cursor } as const;
    expect(await queue.waitForJobs({ ...still, wait_seconds: 0 }, asOwner)).toMatchObject({ met: false, jobs: [] });
    const changed = queue.waitForJobs({ ...still, wait_seconds: 45 }, asOwner);
    await cancel(second);
    notifier.changed([]);
    const answer = await changed;
    expect(answer).toMatchObject({ met: true, jobs: [{ job_id: idOf(second), status: 'canceled' }], waiting: 2 });
    const next = { ...still, cursor: answer.cursor, wait_seconds: 0 };
    expect(await queue.waitForJobs(next, asOwner)).toMatchObject({ met: false, jobs: [] });
    // What was told with the cursor before is not an end since: only the next one is.
    expect(await queue.waitForJobs({ ...next, until: 'any' }, asOwner)).toMatchObject({ met: false });
  });

  it('[Q14] misses no change of a transaction that commits late', async () => {
    const { queue } = await startQueue();
    const run = await waiting(cluster.db);
    const late = await cluster.connect();
    await late.query('begin');
    await late.query(
      `insert into pantry_queue.events (job_no, user_id, kind, state)
       select job_no, user_id, 'deferred', 'queued/admission' from pantry_queue.jobs where subject = $1`,
      [run.subject],
    );
    // A change that was committed meanwhile, after the late one began.
    await waiting(cluster.db);
    const asked = { job_ids: [idOf(run)], until: 'changed' as const, wait_seconds: 0 };
    const before = await queue.waitForJobs(asked, asOwner);
    await late.query('commit');
    expect(await queue.waitForJobs({ ...asked, cursor: before.cursor }, asOwner)).toMatchObject({
      met: true,
      jobs: [{ job_id: idOf(run) }],
    });
  });

  it('[P9] ends with the last job while somebody else’s transaction keeps its event from being final', async () => {
    const { queue, notifier } = await startQueue();
    const open = await cluster.connect();
    await open.query('begin');
    await open.query('select pg_current_xact_id()');
    onTestFinished(async () => void (await open.query('rollback')));
    const run = await begun(cluster.db);
    const all = queue.waitForJobs({ job_ids: [idOf(run)], wait_seconds: 45 }, asOwner);
    await cancel(run);
    notifier.changed([]);
    const answer = await all;
    expect(answer).toMatchObject({ met: true, jobs: [{ status: 'canceled' }] });
    // It may come before others that are still open, so it is told once more.
    const again = { job_ids: [idOf(run)], cursor: answer.cursor, wait_seconds: 0 };
    expect((await queue.waitForJobs(again, asOwner)).jobs).toMatchObject([{ status: 'canceled' }]);
  });

  it('[Q14] names each id that can change no more, and fails for none', async () => {
    const { queue } = await startQueue();
    const live = await waiting(cluster.db);
    const over = await ended(waiting)(cluster.db);
    const expired = await ended(waiting)(cluster.db);
    await cluster.db.query('update pantry_queue.jobs set expired_at = now() where subject = $1', [expired.subject]);
    const gone = await deleted(ended(waiting))(cluster.db);
    const foreign = await waiting(cluster.db);
    await cluster.db.query('update public.receipts set user_id = 9 where id = $1', [foreign.subject]);
    await cluster.db.query('update pantry_queue.jobs set user_id = 9 where subject = $1', [foreign.subject]);
    const user: typeof asOwner = { principal: { ...asOwner.principal, scopes: new Set(['jobs:read']) } };
    const odd = ['ocr-999999', 'nothing', 'fax-1', idOf(foreign)];
    const job_ids = [idOf(live), idOf(over), idOf(expired), idOf(gone), ...odd, idOf(over)];
    const answer = await queue.waitForJobs({ job_ids, until: 'any', wait_seconds: 45 }, user);
    expect(answer).toMatchObject({ met: true, waiting: 1 });
    expect(answer.jobs.map(({ job_id, status }) => [job_id, status])).toEqual([
      [idOf(live), 'queued'],
      [idOf(over), 'canceled'],
      [idOf(gone), 'canceled'],
    ]);
    expect(answer.gone.map(({ job_id, code }) => [job_id, code])).toEqual([
      [idOf(expired), 'job_expired'],
      ...odd.map((id) => [id, 'job_not_found']),
    ]);
    const others = { job_ids: job_ids.slice(1), wait_seconds: 45 };
    expect(await queue.waitForJobs(others, user)).toMatchObject({ met: true, waiting: 0 });
    const unknown = { batch_id: 'batch-unknown', wait_seconds: 45 };
    await expect(queue.waitForJobs(unknown, user)).rejects.toMatchObject({ code: 'batch_not_found' });
    for (const input of [{}, { job_ids: ['ocr-1'], batch_id: 'batch-1' }, { job_ids: ['ocr-1'], cursor: 'none' }]) {
      await expect(queue.waitForJobs(input, user)).rejects.toMatchObject({ code: 'invalid_argument' });
    }
  });

  it('[Q14] follows a batch: the ends of its members, and its own', async () => {
    const { queue, notifier } = await startQueue();
    const receipt_ids = await addReceipts(cluster.db, 103);
    const { batch_id } = await queue.enqueueBatchOcr({ receipt_ids }, asOwner);
    if (batch_id === null) throw new Error('no batch');
    const started = await queue.waitForJobs({ batch_id, until: 'changed' }, asOwner);
    expect(started).toMatchObject({ met: true, jobs: [], waiting: 103, batch: { total: 103 } });
    const end = (ids: readonly number[]) =>
      Promise.all(ids.map((subject) => cancel({ kind: 'ocr', subject, generation: 1, runNo: undefined })));

    const changed = queue.waitForJobs(
      { batch_id, until: 'changed', cursor: started.cursor, wait_seconds: 45 },
      asOwner,
    );
    const whole = queue.waitForJobs({ batch_id, cursor: started.cursor, wait_seconds: 45 }, asOwner);
    await end(receipt_ids.slice(0, 1));
    notifier.changed([]);
    const one = await changed;
    expect(one).toMatchObject({
      met: true,
      jobs: [{ job_id: `ocr-${receipt_ids[0]}`, status: 'canceled' }],
      more: false,
    });

    await end(receipt_ids.slice(1));
    await endBatches(cluster.db, { after: 0 }, 100);
    notifier.changed([]);
    expect(await whole).toMatchObject({ met: true, waiting: 0, batch: { ended_as: { canceled: 103 } } });
    const seen: string[] = [];
    for (let cursor = one.cursor, more = true; more; ) {
      const page = await queue.waitForJobs({ batch_id, until: 'changed', cursor, wait_seconds: 45 }, asOwner);
      seen.push(...page.jobs.map(({ job_id }) => job_id));
      ({ cursor, more } = page);
    }
    expect(seen.sort()).toEqual(
      receipt_ids
        .slice(1)
        .map((id) => `ocr-${id}`)
        .sort(),
    );
  });

  it('[Q14] follows members of a batch whose jobs were there already, and those that are run again', async () => {
    const { queue, notifier } = await startQueue();
    const [first = 0, second = 0, third = 0, fourth = 0] = await addReceipts(cluster.db, 4);
    const end = async (subject: number, generation = 1) => {
      await cancel({ kind: 'ocr', subject, generation, runNo: undefined });
      notifier.changed([]);
    };
    for (const receipt_id of [first, second, fourth]) await queue.enqueueOcr({ receipt_id }, asOwner);
    // What a member was before the batch took it in, the batch does not tell.
    await end(fourth);
    await queue.enqueueOcr({ receipt_id: fourth }, asOwner);
    const { batch_id } = await queue.enqueueBatchOcr({ receipt_ids: [first, second, third, fourth] }, asOwner);
    if (batch_id === null) throw new Error('no batch');
    const told = (answer: { jobs: { job_id: string }[] }) => answer.jobs.map(({ job_id }) => job_id);
    const next = async (until: 'any' | 'changed', from: { cursor: string }, happens: () => Promise<unknown>) => {
      const waiting = queue.waitForJobs({ batch_id, until, cursor: from.cursor, wait_seconds: 45 }, asOwner);
      await happens();
      const answer = await waiting;
      expect(answer).toMatchObject({ met: true, batch: { ended_at: null } });
      return answer;
    };

    const begun = await queue.waitForJobs({ batch_id, until: 'changed', wait_seconds: 0 }, asOwner);
    const one = await next('any', begun, () => end(first));
    expect(told(one)).toEqual([`ocr-${first}`]);
    const own = await next('changed', one, () => end(third));
    expect(told(own)).toEqual([`ocr-${third}`]);
    const again = await next('any', own, async () => {
      await queue.retryJob({ job_id: `ocr-${third}` }, asOwner);
      await end(third, 2);
    });
    expect(told(again)).toEqual([`ocr-${third}.2`]);
    // Without a cursor all is told, each end once.
    const all = await queue.waitForJobs({ batch_id, until: 'any', wait_seconds: 0 }, asOwner);
    expect(told(all).sort()).toEqual([`ocr-${first}`, `ocr-${third}`, `ocr-${third}.2`].sort());
  });

  it('[Q14] two hundred at once hold one connection, and send no statement while nothing changes', async () => {
    const { queue, sent, notifier } = await startQueue();
    const runs = [await handedOver(cluster.db), await handedOver(cluster.db)];
    const callers = Array.from({ length: 200 }, () => new AbortController());
    const [first, second] = runs;
    if (!first || !second) throw new Error('no run');
    const ofOne = (run: typeof first, nth: number) =>
      queue.waitForJobs(
        {
          job_ids: [idOf(run), ...Array.from({ length: 99 }, (_, n) => `ocr-${800_000 + 100 * nth + n}`)],
          wait_seconds: 45,
        },
        { ...asOwner, signal: callers[nth]?.signal },
      );
    const waits = Array.from({ length: 200 }, (_, nth) => ofOne(nth % 2 === 0 ? first : second, nth));
    const reads = () => sent.filter((text) => text.includes('as is_final')).length;
    let before = 0;
    const isQuiet = () => {
      const isSame = before >= waits.length && reads() === before;
      before = reads();
      return isSame;
    };
    await expect.poll(isQuiet, { timeout: 40_000, interval: 500 }).toBe(true);
    const [held] = await cluster.db.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where application_name like 'feed-process%' and (state <> 'idle' or state is null) and query not like 'listen%'`,
    );
    expect(held?.n).toBeLessThanOrEqual(1);
    await cancel(first);
    notifier.changed([]);
    await Promise.all(waits.filter((_, nth) => nth % 2 === 0));
    // Only those whose job it was were read again.
    expect(reads() - before).toBe(100);
    for (const caller of callers) caller.abort();
    const others = await Promise.all(waits.filter((_, nth) => nth % 2 === 1));
    // Their callers have gone: each was answered with the state of then.
    expect(others.every(({ met, waiting }) => !met && waiting === 1)).toBe(true);
  });
});
