import { describe, expect, it } from 'vitest';
import { BREAKER } from '../../src/contract/breaker-policy.ts';
import type { RunKey } from '../../src/contract/job.ts';
import { type BreakerState, claimLook, noteHealthy } from '../../src/ledger/breaker/breaker.ts';
import { capOf } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { useBreaker, WINDOW } from './support/breaker.ts';

const { bench, jobsIn, cap, enqueue, pauseOver, begin, meet, allMeet, callsNow, answer } = useBreaker();

describe('[Q16] a breaker that an agent opens which cannot be reached', () => {
  it('parks what met it and what had not called yet, uncharged, and leaves the rest where it waits', async () => {
    await enqueue(100);
    await bench.dispatch.tick();
    const states = await allMeet('agent_unavailable');
    // The others of the window find it open before they call.
    expect(states).toEqual(['opened', ...Array.from({ length: WINDOW - 1 }, () => 'open')]);
    await pauseOver();
    for (let round = 0; round < 20; round++) await bench.dispatch.tick();
    expect(await cap()).toEqual({ in_flight: 1, reason: 'agent_unreachable' });
    const parked = await jobsIn('deferred/parked');
    expect(parked).toHaveLength(WINDOW);
    expect(parked.every(({ attempts_charged }) => attempts_charged === 0)).toBe(true);
    expect(await jobsIn('queued/admission')).toHaveLength(100 - WINDOW - 1);
  });

  it('is opened as well by a store that gives no image, with its own reason, and charges nobody', async () => {
    await enqueue(6);
    await bench.dispatch.tick();
    expect((await allMeet('storage_unavailable'))[0]).toBe('opened');
    expect(await cap()).toEqual({ in_flight: 0, reason: 'images_unreachable' });
    expect((await jobsIn('deferred/parked')).every(({ attempts_charged }) => attempts_charged === 0)).toBe(true);
    const { problems } = await bench.queue.queueInfo({}, asOwner);
    expect(problems).toMatchObject([{ code: 'storage_unavailable', who_acts: 'operator' }]);
  });

  it('lets nobody begin while it is open, neither a job that is in the engine nor one that backs off', async () => {
    await enqueue(6);
    await bench.dispatch.tick();
    const [first, second, third, ...others] = await jobsIn('queued/worker');
    if (!first || !second || !third) throw new Error('too few were admitted');
    await begin(first);
    await begin(second);
    await meet(second, 'agent_error');
    await meet(first, 'agent_unavailable');
    expect(await begin(third)).toBe('parked');
    await bench.dispatch.tick();
    expect(await jobsIn('deferred/parked')).toHaveLength(6);
    for (const run of others) await expect(begin(run)).rejects.toThrow('not_current');
  });

  it('waits for a health check where a process makes them, and probes with one job when one is answered', async () => {
    await bench.db.query(
      `insert into pantry_queue.gates (gate_id, name, agent) values (gen_random_uuid(), 'w', 'down')`,
    );
    await enqueue(30);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    await pauseOver();
    expect(await callsNow()).toEqual([]);
    expect(await cap()).toMatchObject({ in_flight: 0 });
    await noteHealthy(bench.db);
    expect(await callsNow()).toHaveLength(1);
    expect(await callsNow()).toEqual([]);
  });

  it('is probed by a job after a minute without one: an agent may read while its health check fails', async () => {
    await bench.db.query(
      `insert into pantry_queue.gates (gate_id, name, agent) values (gen_random_uuid(), 'w', 'down')`,
    );
    await enqueue(30);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    await bench.db.query(`update pantry_queue.breaker set next_probe_at = now() - interval '59 s'`);
    expect(await callsNow()).toEqual([]);
    await bench.db.query(`update pantry_queue.breaker set next_probe_at = now() - interval '60 s'`);
    expect(await callsNow()).toHaveLength(1);
  });

  it('doubles what may be in flight with the replies, never above its number, and closes at the window', async () => {
    const jobs = await enqueue(60);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    await pauseOver();
    let calling = await callsNow();
    const inFlight: number[] = [];
    for (let round = 0; round < 40 && (await cap()); round++) {
      inFlight.push(calling.length);
      const [first, ...rest] = calling;
      if (!first) throw new Error('nobody calls');
      await answer(first);
      await bench.db.query(
        `update pantry_queue.jobs set status = 'finished', phase = null, ended_at = now() where phase = 'saving'`,
      );
      calling = [...rest, ...(await callsNow())];
    }
    expect(inFlight).toEqual([1, 2, 4, 8]);
    expect(await cap()).toBeUndefined();
    expect(calling.length).toBeLessThanOrEqual(WINDOW);
    expect(await jobsIn('deferred/parked')).toEqual([]);
    const states = await jobsIn('%');
    expect(states).toHaveLength(jobs.length);
    expect(states.every(({ attempts_charged }) => attempts_charged === 0)).toBe(true);
  });

  it('opens again when the probe fails, and asks the health of the agent at most once a second, no matter who asks', async () => {
    await enqueue(30);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    await pauseOver();
    const [probe] = await callsNow();
    if (!probe) throw new Error('nobody probes');
    expect(await meet(probe, 'agent_unavailable')).toBe('open');
    expect(await cap()).toMatchObject({ in_flight: 0 });
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimLook(bench.db)));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('lets another job probe when the one that was let in cannot begin, and closes when nobody is left', async () => {
    const [id = 0] = await enqueue(1);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    // Whose turn it would be may not start.
    await enqueue(3, 2);
    await capOf(bench.db, { user_id: 2, in_flight: 0 });
    await pauseOver();
    expect(await callsNow()).toEqual([]);
    await pauseOver();
    expect((await callsNow()).map(({ subject }) => subject)).toEqual([id]);
    await bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
    await bench.db.query('delete from pantry_queue.jobs');
    await pauseOver();
    await bench.dispatch.tick();
    expect(await cap()).toBeUndefined();
  });

  it('holds for the jobs of every tenant, and a tenant can neither see another’s jobs by it nor lift it', async () => {
    await enqueue(1);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    const tenant = bench.db.as('another');
    const seen = await tenant.query<{ reason: string }>('select reason from pantry_queue.caps');
    expect(seen).toEqual([{ reason: 'agent_unreachable' }]);
    expect(await tenant.query('delete from pantry_queue.caps returning cap_no')).toEqual([]);
    await expect(
      tenant.query(`insert into pantry_queue.caps (tenant_id, in_flight, reason) values (null, 0, 'mine')`),
    ).rejects.toThrow();
    await expect(tenant.query('update pantry_queue.breaker set replies = 100')).rejects.toThrow();
    expect(await cap()).toMatchObject({ in_flight: 0 });
  });
});

describe('[Q16] an agent that asks to wait', () => {
  it('is called by no further job until then, and by one at that time', async () => {
    await enqueue(100);
    await bench.dispatch.tick();
    const states = await allMeet('agent_rate_limited', { retryAfterS: 300 });
    expect(states[0]).toBe('opened');
    const [row] = await bench.db.query<{ pause_s: number }>(
      'select extract(epoch from next_probe_at - now())::int as pause_s from pantry_queue.breaker',
    );
    expect(row?.pause_s).toBeGreaterThan(295);
    expect(await callsNow()).toEqual([]);
    // Nobody may hurry it, and it says so.
    const [parked] = await jobsIn('deferred/parked');
    if (!parked) throw new Error('nobody is parked');
    await bench.queue.resumeQueue({}, asOwner);
    const tried = await bench.queue.retryJob({ job_id: `ocr-${parked.subject}` }, asOwner);
    expect(tried).toMatchObject({ released: true, deduplicated: true, phase: 'admission' });
    expect(tried.waiting_for).toContain('the OCR agent, which has asked to wait since');
    expect(await callsNow()).toEqual([]);
    await pauseOver();
    expect(await callsNow()).toHaveLength(1);
  });
});

describe('[Q16] the same error', () => {
  it('opens it when different jobs have met it in a row, and charges no more than those', async () => {
    await enqueue(100);
    await bench.dispatch.tick();
    const states = await allMeet('agent_error');
    const row = BREAKER.sameErrorJobs;
    expect(states.slice(0, row)).toEqual([...Array.from({ length: row - 1 }, () => 'closed'), 'opened']);
    expect(states.slice(row).every((state) => state === 'open')).toBe(true);
    expect((await jobsIn('%')).reduce((sum, job) => sum + job.attempts_charged, 0)).toBe(row);
    expect(await cap()).toEqual({ in_flight: 0, reason: 'same_error' });
  });

  it('of one job alone, however often, opens nothing', async () => {
    await enqueue(1);
    await bench.dispatch.tick();
    for (let n = 0; n < 3 * BREAKER.sameErrorJobs; n++) {
      const [run] = await jobsIn('%');
      if (!run) throw new Error('there is no job');
      await begin(run);
      expect(await meet(run, 'agent_error')).toBe('closed');
    }
  });

  it.each(['agent_rejected', 'image_unreadable', 'image_too_large'] as const)(
    'is not what the agent says of one receipt: %s of many jobs in a row opens nothing',
    async (code) => {
      await enqueue(4 * BREAKER.sameErrorJobs);
      await bench.dispatch.tick();
      expect(new Set(await allMeet(code))).toEqual(new Set(['closed']));
    },
  );

  it('is broken by a reply, by a verdict on a receipt and by another error', async () => {
    await enqueue(WINDOW);
    await bench.dispatch.tick();
    const runs = await jobsIn('queued/worker');
    for (const run of runs) await begin(run);
    const between = [
      (run: RunKey) => answer(run),
      (run: RunKey) => meet(run, 'agent_rejected'),
      (run: RunKey) => meet(run, 'agent_timeout'),
    ];
    const left = [...runs];
    for (const breakRow of between) {
      for (let n = 0; n < BREAKER.sameErrorJobs - 1; n++) {
        const run = left.shift();
        if (run) expect(await meet(run, 'agent_error')).toBe('closed');
      }
      const run = left.shift();
      if (run) await breakRow(run);
    }
    expect(await cap()).toBeUndefined();
  });

  it('is told by what its messages have in common, and not by numbers in them', async () => {
    await enqueue(WINDOW);
    await bench.dispatch.tick();
    const runs = await jobsIn('queued/worker');
    for (const run of runs) await begin(run);
    const states: BreakerState[] = [];
    for (const [n, run] of runs.slice(0, BREAKER.sameErrorJobs).entries()) {
      states.push(await meet(run, 'agent_error', { message: `The agent failed (HTTP ${500 + n}).` }));
    }
    expect(states.at(-1)).toBe('opened');
  });

  it('is probed by a job that has not met it, so that a few poisonous ones hold up nobody', async () => {
    await enqueue(BREAKER.sameErrorJobs);
    await bench.dispatch.tick();
    expect((await allMeet('agent_error')).at(-1)).toBe('opened');
    const [good = 0] = await enqueue(1);
    await pauseOver();
    const [probe] = await callsNow();
    expect(probe?.subject).toBe(good);
    if (probe) await answer(probe);
    await bench.dispatch.tick();
    expect(await cap()).toEqual({ in_flight: 2, reason: 'same_error' });
    expect(await jobsIn('deferred/parked')).toEqual([]);
  });

  it('[I14] is probed only once its health check is answered where that is not, so that no job hangs in a dead agent', async () => {
    await bench.db.query(
      `insert into pantry_queue.gates (gate_id, name, agent) values (gen_random_uuid(), 'w', 'down')`,
    );
    await enqueue(30);
    await bench.dispatch.tick();
    expect((await allMeet('agent_timeout')).at(-1)).toBe('open');
    expect(await cap()).toEqual({ in_flight: 0, reason: 'same_error' });
    await pauseOver();
    expect(await callsNow()).toEqual([]);
    await noteHealthy(bench.db);
    expect(await callsNow()).toHaveLength(1);
  });

  it('[I5, I14] is probed after a pause that doubles up to 8 s; one in eight probes costs its job an attempt', async () => {
    await enqueue(100);
    await bench.dispatch.tick();
    await allMeet('agent_error');
    const pauses: number[] = [];
    const probes: number[] = [];
    for (let n = 0; n < 2 * BREAKER.probesPerAttempt; n++) {
      const [row] = await bench.db.query<{ pause_s: number }>(
        'select round(extract(epoch from next_probe_at - now()))::int as pause_s from pantry_queue.breaker',
      );
      pauses.push(row?.pause_s ?? 0);
      await pauseOver();
      const calling = await callsNow();
      expect(calling).toHaveLength(1);
      for (const run of calling) {
        probes.push(run.subject);
        expect(await meet(run, 'agent_error')).toBe((n + 1) % BREAKER.probesPerAttempt === 0 ? 'probe' : 'open');
      }
    }
    expect(pauses).toEqual([2, 4, ...Array.from({ length: pauses.length - 2 }, () => 8)]);
    expect(new Set(probes).size).toBe(probes.length);
    const charged = (await jobsIn('%')).map((job) => job.attempts_charged);
    expect(Math.max(...charged)).toBe(1);
    expect(charged.reduce((sum, n) => sum + n, 0)).toBe(BREAKER.sameErrorJobs + 2);
  });
});
