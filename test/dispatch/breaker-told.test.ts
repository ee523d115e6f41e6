import { describe, expect, it } from 'vitest';
import { BREAKER } from '../../src/contract/breaker-policy.ts';
import type { RunKey } from '../../src/contract/job.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { asOwner } from '../support/owner.ts';
import { useBreaker, WINDOW, WORKER } from './support/breaker.ts';

const { bench, jobsIn, enqueue, pauseOver, begin, meet, allMeet, callsNow, answer, recover } = useBreaker();
const info = () => bench.queue.queueInfo({}, asOwner);
const status = (run: RunKey) => bench.queue.getJobStatus({ job_id: `ocr-${run.subject}` }, asOwner);

describe('[Q8] retry_job', () => {
  it('of a job that backs off ends the wait: it is started again at once, under a new run', async () => {
    await enqueue(1);
    await bench.dispatch.tick();
    const [run] = await jobsIn('queued/worker');
    if (!run) throw new Error('nobody was admitted');
    await begin(run);
    await meet(run, 'agent_error');
    const tried = await bench.queue.retryJob({ job_id: `ocr-${run.subject}` }, asOwner);
    expect(tried).toMatchObject({ released: true, deduplicated: true, status: 'queued', phase: 'worker' });
    await bench.dispatch.tick();
    const started = bench.engine.started.at(-1);
    expect(started).toMatchObject({ subject: run.subject, runNo: run.runNo + 1 });
    // The run before has no word in it any more.
    expect(await beginAttempt(bench.db, run, WORKER)).toMatchObject({ kind: 'not_current' });
    expect(await begin({ ...run, runNo: run.runNo + 1 })).toBe('call');
  });

  it('of a parked job lets the agent be tried at once, by a new run', async () => {
    await enqueue(BREAKER.sameErrorJobs);
    await bench.dispatch.tick();
    await allMeet('agent_error');
    expect(await callsNow()).toEqual([]);
    const [parked] = await jobsIn('deferred/parked');
    if (!parked) throw new Error('nobody is parked');
    const tried = await bench.queue.retryJob({ job_id: `ocr-${parked.subject}` }, asOwner);
    expect(tried).toMatchObject({ released: true, phase: 'admission' });
    expect(tried.waiting_for).toContain('it fails every job in the same way');
    expect(await callsNow()).toMatchObject([{ subject: parked.subject, runNo: parked.runNo + 1 }]);
  });

  it('of a live job that waits for nothing of the kind is refused, and changes nothing', async () => {
    await enqueue(1);
    const [run] = await jobsIn('queued/admission');
    await expect(bench.queue.retryJob({ job_id: `ocr-${run?.subject}` }, asOwner)).rejects.toMatchObject({
      code: 'not_retryable',
    });
  });

  it('of another user’s parked job is answered like that of an unknown one', async () => {
    await enqueue(1);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    const [run] = await jobsIn('deferred/parked');
    const principal = { tenant: 'default', user: 99, scopes: new Set(['jobs:read', 'jobs:write'] as const) };
    await expect(bench.queue.retryJob({ job_id: `ocr-${run?.subject}` }, { principal })).rejects.toMatchObject({
      code: 'job_not_found',
    });
    expect(await jobsIn('deferred/parked')).toHaveLength(1);
  });
});

describe('[I15] while the breaker is open', () => {
  const CASES = [
    ['agent_unavailable', 'agent_unavailable', 'operator'],
    ['agent_rate_limited', 'agent_rate_limited', 'nobody'],
    ['agent_error', 'same_error', 'operator'],
  ] as const;
  it.each(CASES)(
    '%s is told with since when, why, how many wait, which, and who acts, and gone when it closes',
    async (code, problem, who) => {
      await enqueue(40);
      await bench.dispatch.tick();
      await allMeet(code);
      await bench.dispatch.sweep();
      const [parked] = await jobsIn('deferred/parked');
      const now = await info();
      expect(now.problems).toMatchObject([
        { part: 'agent', code: problem, who_acts: who, jobs: 40, since: expect.any(String) },
      ]);
      expect(now.problems[0]?.examples[0]).toBe(`ocr-${parked?.subject}`);
      expect(now.parts.agent).toBe('down');
      expect(now.oldest_deferred_s).not.toBeNull();
      expect(now.by_owner).toMatchObject([{ user_id: 1, deferred: WINDOW }]);
      if (!parked) throw new Error('nobody is parked');
      expect((await status(parked)).waiting_for).toMatch(/^the OCR agent/);
      const explained = await bench.queue.explainJob({ job_id: `ocr-${parked.subject}` }, asOwner);
      expect(explained).toMatchObject({ phase: 'parked', who_acts: who });
      const found = await bench.queue.findJobs({ phase: ['parked'] }, asOwner);
      expect(found.jobs).toHaveLength(WINDOW);

      await pauseOver();
      const calling = await callsNow();
      expect((await info()).problems[0]?.message).toMatch(/tried again with 1 job at once/);
      for (const run of calling) await answer(run);
      await recover();
      await bench.dispatch.sweep();
      expect((await info()).problems).toEqual([]);
    },
  );

  it('its opening, its probes and its closing are events of the tenant, about no job', async () => {
    await bench.db.query('delete from pantry_queue.events');
    await enqueue(2);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    await pauseOver();
    for (const run of await callsNow()) await answer(run);
    await recover();
    const events = await bench.db.query(
      `select tenant_id, job_no, kind, data - 'open_s' as data from pantry_queue.events
       where kind like 'breaker%' and tenant_id = 'default' order by id`,
    );
    const reason = 'agent_unreachable';
    expect(events).toEqual([
      { tenant_id: 'default', job_no: null, kind: 'breaker_opened', data: { reason } },
      ...[1, 2, 4, 8].map((in_flight) => ({
        tenant_id: 'default',
        job_no: null,
        kind: 'breaker_probing',
        data: { reason, in_flight },
      })),
      { tenant_id: 'default', job_no: null, kind: 'breaker_closed', data: { reason } },
    ]);
  });

  it('[I5] a job whose time is up ends, though no worker is alive', async () => {
    await enqueue(1);
    await bench.dispatch.tick();
    await allMeet('agent_unavailable');
    await bench.db.query(`update pantry_queue.jobs set give_up_at = now() - interval '1 second'`);
    await bench.db.query('delete from pantry_queue.workers');
    await bench.dispatch.sweep();
    const [run] = await jobsIn('failed');
    if (!run) throw new Error('it did not end');
    expect((await status(run)).error).toMatchObject({ code: 'gave_up' });
  });
});
