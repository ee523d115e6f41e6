import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpAgent } from '../../src/agent/http-agent.ts';
import { retryAfterS } from '../../src/agent/retry-after.ts';
import { type Behaviour, type HttpAgent, sendJson, startHttpAgent } from '../support/http-agent.ts';
import { bytesOf, replyFor } from '../support/replies.ts';

const request = { receipt_id: 17, image_path: 'minio://receipts/a.jpg', user_id: 1, job_id: 'ocr-17' };
const SECRET = 'password=hunter2 at 10.0.0.5';

let agent: HttpAgent | undefined;
afterEach(() => agent?.close());

async function ask(behave: Behaviour, options: { deadlineMs?: number; signal?: AbortSignal } = {}) {
  agent = await startHttpAgent(behave);
  return createHttpAgent({ url: agent.url }).extract(request, {
    idempotencyKey: 'ocr-17:1',
    deadlineMs: options.deadlineMs ?? 5_000,
    signal: options.signal ?? new AbortController().signal,
  });
}
const refusal = (behave: Behaviour, options?: { deadlineMs?: number }) =>
  ask(behave, options).then(
    () => {
      throw new Error('the agent was believed');
    },
    (error) => {
      expect(`${error.message} ${error.hint}`, 'the agent’s own words reach nobody').not.toContain('hunter2');
      return error;
    },
  );
const answer =
  (status: number, body: string, headers: Record<string, string> = {}): Behaviour =>
  (_request, response) => {
    response.writeHead(status, headers).end(body);
  };

describe('the client of an agent', () => {
  it('sends the contract, and the same key for every attempt of a generation', async () => {
    const bytes = await ask((asked, response) => {
      expect(asked).toEqual(request);
      sendJson(response, 200, replyFor(asked));
    });
    expect(bytes).toEqual(bytesOf(replyFor(request)));
    expect(agent?.log[0]?.idempotencyKey).toBe('ocr-17:1');
  });

  it.each([
    [400, 'agent_rejected'],
    [401, 'agent_bad_response'],
    [404, 'agent_bad_response'],
    [408, 'agent_error'],
    [422, 'agent_rejected'],
    [500, 'agent_error'],
    [502, 'agent_error'],
    [503, 'agent_unavailable'],
    [302, 'agent_bad_response'],
    [204, 'agent_bad_response'],
  ])('HTTP %i is %s', async (status, code) => {
    expect((await refusal(answer(status, status === 204 ? '' : SECRET, { location: 'http://10.0.0.5/' }))).code).toBe(
      code,
    );
  });

  it('takes the codes that an agent has for an image, and no other word of it', async () => {
    const body = (code: string) => JSON.stringify({ code, message: SECRET });
    expect((await refusal(answer(422, body('image_unreadable')))).code).toBe('image_unreadable');
    expect((await refusal(answer(415, body('unsupported_image')))).code).toBe('unsupported_image');
    expect((await refusal(answer(422, body('forbidden')))).code).toBe('agent_rejected');
  });

  it('takes for a store that is away what the agent says of one, by whatever status', async () => {
    const body = JSON.stringify({ code: 'image_source_unavailable', message: SECRET });
    for (const status of [502, 503, 422]) {
      expect(await refusal(answer(status, body))).toMatchObject({
        code: 'storage_unavailable',
        message: 'The agent gets no image out of the store.',
      });
    }
  });

  it.each([
    ['no JSON', Buffer.from(SECRET)],
    ['half of a character', Buffer.from([0x7b, 0xe2, 0x82])],
    ['NUL', Buffer.from([0, 0, 0])],
    ['a reply for another receipt', bytesOf(replyFor({ ...request, receipt_id: 18 }))],
    ['nothing', Buffer.alloc(0)],
  ])('hands over the bytes of a 200 as they came, whatever they say: %s', async (_name, body) => {
    expect(Buffer.from(await ask((_request, response) => void response.writeHead(200).end(body)))).toEqual(body);
  });

  it('cuts an answer that never ends, and one that never begins', async () => {
    const huge: Behaviour = (_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect((await refusal(huge)).code).toBe('agent_bad_response');
    await agent?.close();
    expect((await refusal(() => {}, { deadlineMs: 200 })).code).toBe('agent_timeout');
    await agent?.close();
    const drip: Behaviour = (_request, response) => {
      response.writeHead(200).write('{');
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(timer));
    };
    expect((await refusal(drip, { deadlineMs: 300 })).code).toBe('agent_timeout');
  });

  it('tells an agent that was not reached from one that broke off', async () => {
    const nowhere = createHttpAgent({ url: 'http://127.0.0.1:1' });
    await expect(
      nowhere.extract(request, { idempotencyKey: 'k', deadlineMs: 5_000, signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'agent_unavailable' });
    expect((await refusal((_request, response) => void response.destroy())).code).toBe('agent_error');
  });

  it('waits as long as the agent asks, within ten minutes', async () => {
    const error = await refusal(answer(429, SECRET, { 'retry-after': '7' }));
    expect(error).toMatchObject({ code: 'agent_rate_limited', retryAfterS: 7 });
  });

  it('aborts the call when it is told to', async () => {
    const abort = new AbortController();
    const asked = ask(() => abort.abort(), { signal: abort.signal });
    await expect(asked).rejects.toBeDefined();
  });
});

describe('[Q8] Retry-After', () => {
  const now = Date.parse('2026-01-31T12:00:00Z');
  it.each([
    ['3', 3],
    ['0', 1],
    ['999999', 600],
    ['Sat, 31 Jan 2026 12:00:30 GMT', 30],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 10],
    ['-1', 10],
    ['soon', 10],
    ['soon 2099', 10],
    ['2027-01-01', 10],
    [undefined, 10],
  ])('%s → %i s', (header, seconds) => {
    expect(retryAfterS(header, now)).toBe(seconds);
  });

  const two = (n: number) => String(n).padStart(2, '0');
  const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  const parts = (at: Date) => {
    const [day, date, month, year, time] = at.toUTCString().replace(',', '').split(' ');
    return { day: day ?? '', date: date ?? '', month: month ?? '', year: year ?? '', time: time ?? '' };
  };
  /** The notations of RFC 9110. */
  const NOTATIONS = {
    seconds: (inS: number) => String(inS),
    'seconds with zeros': (inS: number) => `00${inS}`,
    'IMF-fixdate': (_: number, at: Date) => at.toUTCString(),
    'RFC 850': (_: number, at: Date) => {
      const { date, month, year, time } = parts(at);
      return `${DAYS[at.getUTCDay()]}, ${date}-${month}-${year.slice(2)} ${time} GMT`;
    },
    asctime: (_: number, at: Date) => {
      const { day, date, month, year, time } = parts(at);
      return `${day} ${month} ${two(Number(date)).replace(/^0/, ' ')} ${time} ${year}`;
    },
  };

  it('is read in every notation of HTTP, at any time of the year and with white space around it', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2020-01-01'), max: new Date('2048-01-01'), noInvalidDate: true }),
        fc.integer({ min: 1, max: 2_000 }),
        fc.constantFrom(...Object.values(NOTATIONS)),
        (moment, inS, write) => {
          const from = Math.floor(moment.getTime() / 1000) * 1000;
          const header = ` ${write(inS, new Date(from + inS * 1000))} `;
          expect(retryAfterS(header, from)).toBe(Math.min(600, inS));
        },
      ),
    );
  });

  it('that is nonsense is ten seconds, and nothing is ever longer than ten minutes or shorter than one second', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.constantFrom('1.5', '1e3', '+5', '10, 20', '5s', 'PT5S', '0x10', 'NaN', 'Infinity', '٣', '12 34', '1 2099'),
    );
    fc.assert(
      fc.property(text, (header) => {
        const seconds = retryAfterS(header, now);
        if (/^\s*\d{1,9}\s*$/.test(header)) expect(seconds).toBe(Math.min(600, Math.max(1, Number(header))));
        else expect(seconds).toBe(10);
      }),
    );
  });
});
