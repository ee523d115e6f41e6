import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failed } from '../support/failed-jobs.ts';
import { beatAs, clearJobs, useGate } from '../support/gate.ts';
import { reviewsOf } from '../support/reviews.ts';
import type { Decision, Person } from './support/clients.ts';
import { connectTo, WAYS } from './support/ledger-clients.ts';
import { callerOf } from './support/tool-calls.ts';

const bench = useGate();
const { call } = callerOf(bench);
const { doubtful, show, submit } = reviewsOf(bench);
beforeAll(() => beatAs(bench.db, 'w1', 1_000));
beforeEach(() => clearJobs(bench.db));

const failedNow = async () => (await call('queue_info')).failed_jobs;

/** An old client without a session cannot be asked over HTTP, whatever it says that it can. */
const isMute = ({ kind, over }: (typeof WAYS)[number]) => over === 'HTTP' && kind !== 'v2-auto';
const ASKING = WAYS.filter((way) => !isMute(way));

function asked(answer: Decision) {
  const questions: string[] = [];
  const person: Person = (question) => {
    questions.push(question);
    return answer;
  };
  return { questions, person };
}

describe('a person behind a host that can ask', () => {
  it.each(ASKING)('agrees to a bulk, which is done in the same call, for $kind over $over', async (way) => {
    await failed(bench.db, 2);
    const { questions, person } = asked('accept');
    const client = await connectTo(bench, way, { person });
    const { structured, isError } = await client.call('clear_failed_jobs', { error_code: 'agent_rejected' });
    expect(isError).toBe(false);
    expect(questions).toEqual(['Clear 2 failed jobs? They can be brought back for 24 hours.']);
    expect(structured).toMatchObject({ cleared: 2, total: 2 });
    expect(await failedNow()).toBe(0);
  });

  it.each(['decline', 'cancel'] as const)('answers %s, and nothing is changed', async (answer) => {
    await failed(bench.db, 2);
    const id = await doubtful();
    const { person } = asked(answer);
    for (const way of ASKING) {
      const client = await connectTo(bench, way, { person });
      for (const [tool, args] of [
        ['clear_failed_jobs', {}],
        ['retry_job', { error_code: 'agent_rejected' }],
        ['submit_review', { receipt_id: id, currency: 'CHF', confirm: true }],
      ] as const) {
        expect((await client.call(tool, args)).says).toBe('The person has not agreed, so nothing was changed.');
      }
    }
    expect(await failedNow()).toBe(2);
    expect(await show(id)).toMatchObject({ currency: 'EUR', needs_review: true });
  });

  it.each(ASKING)('ends a review by what they agree to, for $kind over $over', async (way) => {
    const id = await doubtful();
    const { questions, person } = asked('accept');
    const client = await connectTo(bench, way, { person });
    const word = { receipt_id: id, total_amount: '19.58', confirm: true };
    const { structured } = await client.call('submit_review', word);
    expect(questions).toEqual([
      `Receipt ${id}: change total_amount from "12.50" to "19.58", and confirm that all of its fields are right? This is stored as your word.`,
    ]);
    expect(structured).toMatchObject({ needs_review: false, changed: ['total_amount'] });
    expect(await show(id)).toMatchObject({
      needs_review: false,
      review: { state: 'accepted', ended_by: 'person' },
      fields: { total_amount: { set_by: 'person' } },
    });
  });

  it('[Q17] is not taken at their word where the receipt has changed while they were thinking', async () => {
    const id = await doubtful();
    for (const way of ASKING) {
      const person: Person = async () => {
        await submit(id, { merchant_name: `${way.kind} ${way.over}` });
        return 'accept' as const;
      };
      const client = await connectTo(bench, way, { person });
      const { structured } = await client.call('submit_review', { receipt_id: id, currency: 'CHF' });
      expect(structured).toMatchObject({ code: 'receipt_changed_since', next: { tool: 'get_receipt' } });
    }
    expect(await show(id)).toMatchObject({ currency: 'EUR' });
  });

  it.each(ASKING)('[Q6] acts on the jobs of the question alone, for $kind over $over', async (way) => {
    await failed(bench.db, 2);
    const person: Person = async () => {
      await failed(bench.db, 1);
      return 'accept' as const;
    };
    const client = await connectTo(bench, way, { person });
    expect((await client.call('clear_failed_jobs')).structured).toMatchObject({ total: 2 });
    expect(await failedNow()).toBe(1);
  });

  it.each(WAYS.filter(isMute))(
    'is not asked by $kind over $over, which has no way to, but gets the preview',
    async (way) => {
      await failed(bench.db, 2);
      const { questions, person } = asked('accept');
      const client = await connectTo(bench, way, { person });
      const { structured } = await client.call('clear_failed_jobs');
      expect(structured).toMatchObject({ would_affect: 2, next: { arguments: { confirm_token: expect.any(String) } } });
      expect(questions).toEqual([]);
      expect(await failedNow()).toBe(2);
    },
  );

  it.each(WAYS)('is not asked where the host cannot ask: $kind over $over gets the preview', async (way) => {
    await failed(bench.db, 1);
    const client = await connectTo(bench, way);
    expect((await client.call('clear_failed_jobs')).structured).toMatchObject({ would_affect: 1 });
    expect(await failedNow()).toBe(1);
  });
});
