import { setTimeout as pause } from 'node:timers/promises';
import { composeWorker } from '../../../src/compose-worker.ts';
import { installRuntime } from '../../../src/engine/workers.ts';
import type { Bench } from '../bench.ts';
import { type Figure, percentile } from '../figure.ts';
import { noOpAgent } from '../no-op-agent.ts';
import { addReceipts, asOperator, openQueue, settingsFor, silent } from '../queue.ts';

const SCHEDULES = 45;
/** Few, so that the machine is not busy with them when the next one is due. */
const RECEIPTS = 2;
/** Two processes look for what is due, as in an installation of a few. */
const GATES = 2;
/** Their times are spread over this, so that they fall anywhere between two looks. */
const SPREAD_S = 20;

type Firing = { fired_ms: number; begun_ms: number };

/** How late schedules fire, and how late the first job of each begins. Each has an owner with pending receipts. */
export async function measureCron(bench: Bench): Promise<Figure[]> {
  const { engine, imageDir } = bench.servers;
  const databaseUrl = await bench.servers.createDatabase('bench_cron');
  const settings = settingsFor({ databaseUrl, imageDir, engine, agentSlots: 10 });
  installRuntime(silent);
  const bases = [];
  for (let n = 0; n < GATES; n++) bases.push(await openQueue(settings));
  const [base] = bases;
  if (!base) throw new Error('there is no gate');
  const { db, queue } = base;
  const workers = bases.map((each) => composeWorker(settings, silent, each, noOpAgent()));
  const running = workers.map((worker) => worker.run());
  try {
    for (let nth = 1; nth <= SCHEDULES; nth++) {
      await addReceipts(db, RECEIPTS, nth);
      await queue.createSchedule({ name: `s${nth}`, cron: '0 2 1 1 *', user_id: nth }, asOperator);
    }
    // Nobody waits for the next minute of a clock: its time is moved to the next seconds.
    await db.query(
      `update pantry_queue.schedules set next_at = t.at, wake_at = t.at
       from (select schedule_no, now() + interval '3 seconds' + random() * $1 * interval '1 second' as at
             from pantry_queue.schedules) t
       where t.schedule_no = schedules.schedule_no`,
      [SPREAD_S],
    );
    const read = () =>
      db.query<Firing>(
        `select extract(epoch from f.at - (f.data ->> 'scheduled_for')::timestamptz)::float8 * 1000 as fired_ms,
           extract(epoch from b.at - (f.data ->> 'scheduled_for')::timestamptz)::float8 * 1000 as begun_ms
         from pantry_queue.events f cross join lateral (
           select min(e.at) as at from pantry_queue.events e where e.batch_id = f.batch_id and e.kind = 'attempt_started') b
         where f.kind = 'schedule_fired' and b.at is not null`,
      );
    let firings = await read();
    for (; firings.length < SCHEDULES; firings = await read()) await pause(500);
    const [doubled] = await db.query<{ n: number }>(
      `select count(*)::int as n from (
         select data ->> 'schedule' from pantry_queue.events where kind = 'schedule_fired' group by 1 having count(*) > 1) d`,
    );
    const p95 = (of: keyof Firing) =>
      percentile(
        firings.map((each) => each[of]),
        0.95,
      );
    return [
      {
        id: 'cron_late',
        what: `from the time of a schedule to its firing, ${SCHEDULES} of them, ${RECEIPTS} jobs each, p95`,
        unit: 'ms',
        value: p95('fired_ms'),
        bound: { atMost: 1_000 },
      },
      {
        id: 'cron_begun',
        what: 'to the first call of the agent for its jobs, p95',
        unit: 'ms',
        value: p95('begun_ms'),
      },
      {
        id: 'cron_doubled',
        what: 'times that made more than one run',
        unit: 'times',
        value: doubled?.n ?? 0,
        bound: { atMost: 0 },
      },
    ];
  } finally {
    for (const worker of workers) worker.stop();
    await Promise.all(running);
    for (const each of bases) await each.close();
  }
}
