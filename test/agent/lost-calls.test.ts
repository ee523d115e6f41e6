import { describe, expect, it } from 'vitest';
import { createLostCalls } from '../../src/agent/lost-calls.ts';
import { AGENT_PROBE } from '../../src/contract/breaker-policy.ts';
import { LostCall } from '../../src/contract/lost-call.ts';

const WELL = { isWell: true, isTold: false };
const TOLD = { isWell: false, isTold: true };
/** It was not answered, and is not told: a reading may explain it. */
const MISSED = { isWell: false, isTold: false };

/** An agent that answers when the test says so, and a clock that the test moves. */
function setUp() {
  let now = 0;
  const answers = new Map<number, () => void>();
  const lost = createLostCalls(
    {
      extract: ({ receipt_id }, { signal }) =>
        new Promise((resolve, reject) => {
          answers.set(receipt_id, () => resolve(new Uint8Array([receipt_id])));
          signal.addEventListener('abort', () => reject(new Error('cut')), { once: true });
        }),
    },
    { settleMs: AGENT_PROBE.settleMs, now: () => now, onAnswer: () => {} },
  );
  const ended: string[] = [];
  return {
    ended,
    ask(receipt_id: number, signal = new AbortController().signal) {
      const options = { idempotencyKey: `ocr-${receipt_id}:1`, deadlineMs: 600_000, signal };
      return lost.agent
        .extract({ receipt_id, image_path: 'minio://receipts/a.png', user_id: 1, job_id: `ocr-${receipt_id}` }, options)
        .then(
          () => void ended.push(`${receipt_id} answered`),
          (error) => void ended.push(`${receipt_id} ${error instanceof LostCall ? 'lost' : error.message}`),
        );
    },
    async answer(receipt_id: number) {
      answers.get(receipt_id)?.();
      await settled();
    },
    /** One check after so long. @returns whether the next one is soon */
    async look(afterMs: number, found: typeof WELL) {
      now += afterMs;
      const isSoon = lost.looked(found);
      await settled();
      return isSoon;
    },
  };
}

/** What a promise has started is done: nothing here waits for anything else. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('[I14] the calls of an agent that was away', () => {
  it('are cut one by one, the oldest first, once it has been well for a while and has answered none of them', async () => {
    const { ask, look, ended } = setUp();
    for (const id of [1, 2, 3]) void ask(id);
    await look(70_000, TOLD);
    expect(await look(6_000, WELL)).toBe(true);
    void ask(4);
    await look(AGENT_PROBE.settleMs - 1, WELL);
    expect(ended).toEqual([]);
    await look(1, WELL);
    expect(ended).toEqual(['1 lost']);
    for (const after of [['2 lost'], ['3 lost'], []]) {
      const before = ended.length;
      await look(AGENT_PROBE.settleMs - 1, WELL);
      expect(ended).toHaveLength(before);
      await look(1, WELL);
      expect(ended.slice(before)).toEqual(after);
    }
    // What it was asked since it is back is not in doubt.
    expect(await look(600_000, WELL)).toBe(false);
    expect(ended).toHaveLength(3);
  });

  it('are found within 15 s of its return, whenever the last check of a silent agent had begun', async () => {
    const { ask, look, ended } = setUp();
    const { answerMs, troubledMs } = AGENT_PROBE;
    void ask(1);
    await look(70_000, TOLD);
    // It returns just after a check was sent, and has forgotten that as well.
    let sinceReturn = answerMs;
    await look(answerMs, TOLD);
    while (ended.length === 0 && sinceReturn < 60_000) {
      sinceReturn += troubledMs;
      await look(troubledMs, WELL);
    }
    expect(ended).toEqual(['1 lost']);
    // What is left of the 15 s is for the next attempt: Temporal makes it at once.
    expect(sinceReturn).toBeLessThanOrEqual(12_000);
  });

  it('are left alone by an agent that is only slow: its silence was not told', async () => {
    const { ask, look, ended } = setUp();
    void ask(1);
    for (let n = 0; n < 20; n++) {
      await look(5_000, MISSED);
      expect(await look(5_000, WELL)).toBe(false);
    }
    expect(ended).toEqual([]);
  });

  it('are left alone once it answers one of them, as one does that reads for minutes and answers nothing meanwhile', async () => {
    const { ask, look, answer, ended } = setUp();
    for (const id of [1, 2, 3]) void ask(id);
    await look(70_000, TOLD);
    await look(50_000, WELL);
    await answer(1);
    for (let n = 0; n < 20; n++) expect(await look(5_000, WELL)).toBe(false);
    expect(ended).toEqual(['1 answered']);
  });

  it('are left alone while checks fail in between: it has begun to read again', async () => {
    const { ask, look, ended } = setUp();
    for (const id of [1, 2]) void ask(id);
    await look(70_000, TOLD);
    for (let n = 0; n < 20; n++) {
      await look(3_000, WELL);
      await look(3_000, MISSED);
    }
    expect(ended).toEqual([]);
  });

  it('end as always when a cancel or their own end comes first', async () => {
    const { ask, look, ended } = setUp();
    const cancel = new AbortController();
    void ask(1, cancel.signal);
    await look(70_000, TOLD);
    await look(1_000, WELL);
    cancel.abort();
    await settled();
    expect(await look(AGENT_PROBE.settleMs, WELL)).toBe(false);
    expect(ended).toEqual(['1 cut']);
  });
});
