import { beforeEach, describe, expect, it } from 'vitest';
import { type BurstClock, drained } from '../../src/burst.ts';
import { insertReceipt } from '../../src/jobs/ocr/new-receipt.ts';
import { createDb } from '../../src/ledger/db.ts';
import { markHandedOver } from '../../src/ledger/gate.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { beat } from '../../src/ledger/processes/workers.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, beatOf, capOf, clearJobs, useGate } from '../support/gate.ts';
import { testLog } from '../support/log.ts';
import { asOwner } from '../support/owner.ts';
import { createJobs } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));
const sql = (text: string) => bench.db.query(text);

beforeEach(async () => {
  await clearJobs(bench.db);
  bench.engine.away = false;
  bench.engine.known.clear();
  await beatAs(bench.db, 'w1', 5);
  await bench.dispatch.tick();
});

const LIMIT_S = 60;

interface Kind {
  make(): Promise<unknown>;
  /** What happens at each look. */
  readonly eachLook?: () => Promise<unknown>;
  /** What the burst says at its end; undefined = it is drained. */
  readonly says: RegExp | undefined;
}

/** The oldest job ends. */
const ends = (status: 'canceled' | 'failed') => () =>
  sql(`update pantry_queue.jobs set status = '${status}', phase = null, ended_at = now()
    where job_no = (select min(job_no) from pantry_queue.jobs where live)`);
const waits = async (count = 1, user = 1): Promise<void> => {
  await bench.queue.enqueueBatchOcr({ receipt_ids: await addReceipts(bench.db, count, user) }, asOwner);
};
const inEngine = (what: { paused: boolean; stuck: string | null }) => async () => {
  await markHandedOver(bench.db, await jobs.handedOver(), { engineRunId: 'e1', ...what });
};

/** All that can keep jobs from ending, and what does not. */
const KINDS: Readonly<Record<string, Kind>> = {
  'nothing is there': { make: async () => {}, says: undefined },
  'jobs end one after the other under a limit of one': {
    make: async () => {
      await capOf(bench.db, { in_flight: 1 });
      await waits(40);
    },
    eachLook: ends('canceled'),
    says: undefined,
  },
  'jobs fail': { make: () => waits(3), eachLook: ends('failed'), says: undefined },
  'a job starts later': { make: () => jobs.scheduled(), says: undefined },
  'a job waits for one that starts later': { make: () => jobs.dependent(), says: undefined },
  'the queue is paused': {
    make: async () => {
      await waits();
      await bench.queue.pauseQueue({ reason: 'stocktaking' }, asOwner);
    },
    says: /1 job waits: The queue is paused/,
  },
  'the only owner is paused': {
    make: async () => {
      await waits(2, 7);
      await bench.queue.pauseQueue({ user_id: 7 }, asOwner);
    },
    says: /2 jobs wait: The jobs of user 7 are paused/,
  },
  'the queue of another tenant is paused': {
    make: async () => {
      const theirs = { principal: { ...asOwner.principal, tenant: 'another' } };
      const image = { imagePath: 'minio://receipts/x.jpg', purchaseDate: undefined, sha256: 's', bytes: 1 };
      const theirReceipt = { tenant: 'another', userId: 1, ...image, allowDuplicate: false };
      const { receiptId: receipt_id } = await insertReceipt(bench.db.as('another'), theirReceipt);
      await bench.queue.enqueueOcr({ receipt_id }, theirs);
      await bench.queue.pauseQueue({}, theirs);
    },
    says: /1 job waits: The queue is paused/,
  },
  'a limit of zero': {
    make: async () => {
      await waits();
      await capOf(bench.db, { in_flight: 0, reason: 'stocktaking' });
    },
    says: /1 job waits: .*stocktaking/,
  },
  'a budget is used up': {
    make: async () => {
      await waits();
      await bench.queue.setBudget({ amount: '0', currency: 'USD', period: 'day' }, asOwner);
    },
    says: /1 job waits: .*budget/,
  },
  'the agent is away, and its breaker is open': {
    make: async () => {
      await jobs.handedOver();
      await sql(`insert into pantry_queue.caps (tenant_id, in_flight, reason) values (null, 0, 'agent_unreachable')`);
      await sql(`update pantry_queue.jobs set status = 'deferred', phase = 'parked'`);
    },
    says: /1 job waits: .*agent/,
  },
  'a job backs off for long': {
    make: async () => {
      await jobs.handedOver();
      await sql(
        `update pantry_queue.jobs set status = 'deferred', phase = 'backoff', next_attempt_at = now() + interval '1 h'`,
      );
    },
    says: /1 job waits: ocr-\d+ waits for the next attempt at /,
  },
  'Temporal is away': {
    make: async () => {
      bench.engine.away = true;
      await waits();
      for (let look = 0; look < 2; look++) await bench.dispatch.tick();
    },
    says: /1 job waits: The engine is away\./,
  },
  'no worker runs workflows': {
    make: async () => {
      await waits();
      await sql('delete from pantry_queue.workers');
      await beat(bench.db, beatOf('w1', { role: 'agent' }));
    },
    says: /1 job waits: No worker runs workflows/,
  },
  'no worker calls the agent': {
    make: async () => {
      await waits();
      await sql('delete from pantry_queue.workers');
      await beat(bench.db, beatOf('w1', { role: 'workflow', slots: 0 }));
    },
    says: /1 job waits: No worker calls the agent/,
  },
  'a person paused the job in Temporal': {
    make: inEngine({ paused: true, stuck: null }),
    says: /1 job waits: A person paused the activity/,
  },
  'a step fails again and again': {
    make: inEngine({ paused: false, stuck: 'saving its result has failed 9 times' }),
    says: /1 job waits: .*saving its result has failed 9 times/,
  },
  'a call never ends': {
    make: async () => {
      await jobs.withAgent();
      await sql(`update pantry_queue.jobs set state_since = now() - interval '1 h'`);
    },
    says: /not drained after 60 s \(BURST_TIMEOUT\), 1 job waits: work was still under way/,
  },
  'jobs keep coming': {
    make: () => waits(2),
    async eachLook() {
      await waits();
      await ends('canceled')();
    },
    says: /not drained after 60 s \(BURST_TIMEOUT\), \d+ jobs? waits?: /,
  },
};

async function burst(kind: Kind, db = bench.db) {
  await kind.make();
  let now = 0;
  const clock: BurstClock = {
    now: () => now,
    async sleep(ms) {
      now += ms;
      await kind.eachLook?.();
    },
  };
  const error = await drained({ db, queue: bench.queue, log: testLog }, { limitMs: LIMIT_S * 1_000, clock });
  return { error, seconds: now / 1_000 };
}

describe('[W3] a burst worker always ends', () => {
  it.each(Object.entries(KINDS))('[W3] when %s, in time and with a sentence for what is left', async (_what, kind) => {
    const { error, seconds } = await burst(kind);
    expect(seconds).toBeLessThanOrEqual(LIMIT_S);
    if (kind.says === undefined) expect(error).toBeUndefined();
    else {
      expect(error?.message).toMatch(kind.says);
      expect(error?.hint).toMatch(/^\S.*\.$/s);
    }
  });

  it('[W3] when the ledger does not answer, with what it said', async () => {
    const dead = createDb({ url: 'postgresql://nobody@127.0.0.1:1/none', applicationName: 'dead', maxConnections: 1 });
    const { error, seconds } = await burst({ make: async () => {}, says: undefined }, dead);
    await dead.close();
    expect(error).toMatchObject({ code: 'ledger_unavailable' });
    expect(seconds).toBeLessThanOrEqual(LIMIT_S);
  });
});
