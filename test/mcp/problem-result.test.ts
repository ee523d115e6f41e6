import { describe, expect, it } from 'vitest';
import { problemResult as resultOfProblem } from '../../mcp/problem-result.ts';
import { tools } from '../../mcp/tools/index.ts';
import { AppError, ERRORS, type ErrorCode } from '../../src/contract/errors.ts';
import { hintForModels } from '../../src/words/hints-for-models.ts';
import { nextCallOf, sayJob } from '../../src/words/job-for-models.ts';
import { connect } from './support/clients.ts';
import { aJob } from './support/fake-queue.ts';
import { serveInProcess } from './support/servers.ts';

/** A route, a command, a flag. */
const OTHER_DOORS = /\b(GET|POST|PUT|PATCH|DELETE)\b|(?<![\w.])\/[a-z{]|pantry-queue [a-z]|--[a-z]|\bcurl\b/g;

/** Words with an underscore that a model meets here: tools, their arguments, and facts of an answer. */
const MET = new Set([
  ...tools.flatMap(({ name, input }) => [name, ...Object.keys(input.shape)]),
  ...['retry_after_s', 'next_cursor', 'needs_review'],
  // Of PgBouncer, for the person who runs it.
  'max_prepared_statements',
]);

/** What a hint names that a model at this door does not have. */
const strangeIn = (hint: string): string[] => [
  ...(hint.match(OTHER_DOORS) ?? []),
  ...(hint.match(/\b[a-z]+(?:_[a-z0-9]+)+\b/g) ?? []).filter((word) => !MET.has(word)),
];

const REFUSED = { tool: 'cancel_job', arguments: { job_id: 'ocr-17' } };
const problemResult = (thrown: unknown, requestId: string) => resultOfProblem(thrown, requestId, REFUSED);

const CODES = Object.keys(ERRORS) as ErrorCode[];
const textOf = (result: ReturnType<typeof problemResult>) =>
  result.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

describe('an error as a result', () => {
  it.each(CODES)(
    '[M2] %s: code, what happened and the whole hint, in at most 1 KB and the same in both halves',
    (code) => {
      const result = problemResult(new AppError(code, `What happened. ${'x'.repeat(900)}`, { retryAfterS: 7 }), 'r-1');
      const shown = JSON.parse(textOf(result));
      expect(result).toMatchObject({ isError: true, structuredContent: shown });
      expect(Buffer.byteLength(textOf(result))).toBeLessThanOrEqual(1_024);
      expect(shown).toMatchObject({ code, retry_after_s: 7, hint: hintForModels(code, ERRORS[code].hint) });
      expect(shown.summary).toMatch(new RegExp(`^${code}: What happened\\.`));
    },
  );

  it.each(CODES)('[M6] %s: names no route, no command and no tool that is not listed', (code) => {
    const { hint } = JSON.parse(textOf(problemResult(new AppError(code, 'What happened.'), 'r-1')));
    expect(strangeIn(hint)).toEqual([]);
    const failed = aJob({ status: 'failed', error: { code, message: 'x', hint: ERRORS[code].hint, retryable: true } });
    expect(strangeIn(sayJob(failed)).filter((word) => word !== code)).toEqual([]);
    expect(nextCallOf(failed)).toEqual({ tool: 'retry_job', arguments: { job_id: 'ocr-17' } });
  });

  it('[M6] names the call that shows what the hint speaks of, ready to be made', () => {
    const nextOf = (error: AppError, refused = REFUSED) =>
      (resultOfProblem(error, 'r-1', refused).structuredContent as { next?: unknown }).next;
    const job = { tool: 'get_job_status', arguments: { job_id: 'ocr-17' } };
    expect(nextOf(new AppError('not_cancellable', 'No.'))).toEqual(job);
    expect(
      nextOf(new AppError('job_active', 'No.'), { tool: 'enqueue_ocr', arguments: { receipt_id: 17 } } as never),
    ).toEqual(job);
    expect(nextOf(new AppError('job_not_found', 'No.'))).toEqual({ tool: 'find_jobs', arguments: {} });
    expect(nextOf(new AppError('internal', 'No.', { hint: 'Look with get_receipt {"receipt_id":17} first.' }))).toEqual(
      {
        tool: 'get_receipt',
        arguments: { receipt_id: 17 },
      },
    );
    const filter = { tool: 'clear_failed_jobs', arguments: { error_code: 'agent_error', confirm_token: 'old' } };
    expect(nextOf(new AppError('confirm_expired', 'No.'), filter as never)).toEqual({
      tool: 'clear_failed_jobs',
      arguments: { error_code: 'agent_error' },
    });
    expect(nextOf(new AppError('job_active', 'No.', { hint: 'Look with get_job_status {"job_id":"x"y"}.' }))).toEqual(
      job,
    );
  });

  it.each(['owner_paused', 'no_worker', 'no_workflow_worker', 'no_agent_worker', 'schedule_refused'])(
    '[M6] the problem %s: names what a person does, and no command',
    (code) => {
      const hint = 'Call run_schedule_now (POST /x, pantry-queue x), pantry-queue up or pantry-queue worker --role x.';
      expect(strangeIn(hint).length).toBeGreaterThan(4);
      expect(strangeIn(hintForModels(code, hint))).toEqual([]);
    },
  );

  it('names the fields that a refusal blames', () => {
    const error = new AppError('invalid_argument', 'No.', {
      fields: [{ pointer: '/a', code: 'type', message: 'a is no.' }],
    });
    expect(problemResult(error, 'r-1').structuredContent).toMatchObject({ fields: ['a'] });
  });

  it.each([new Error('secret 10.0.0.5'), 'secret', { message: 'secret' }, undefined])(
    'says nothing of %s but the request id',
    (thrown) => {
      const result = problemResult(thrown, 'r-42');
      expect(JSON.stringify(result)).not.toContain('secret');
      expect(textOf(result)).toContain('r-42');
      expect(result.structuredContent).toMatchObject({ code: 'internal', summary: expect.stringContaining('r-42') });
    },
  );
});

describe('a call with mistakes', () => {
  const MISTAKES: readonly [args: Record<string, unknown>, code: string, says: string][] = [
    [{}, 'invalid_argument', 'receipt_id is missing'],
    [{ receipt_id: '17abc' }, 'invalid_argument', 'receipt_id must be a whole number, not "17abc"'],
    [{ receipt_id: 0 }, 'invalid_argument', 'receipt_id must be at least 1, not 0'],
    [{ receipt_id: -1 }, 'invalid_argument', 'receipt_id must be at least 1, not -1'],
    [{ receipt_id: 1.5 }, 'invalid_argument', 'receipt_id must be a whole number, not 1.5'],
    [{ receipt_id: 2 ** 53 }, 'invalid_argument', 'receipt_id must be at most 9007199254740991, not 9007199254740992'],
    [{ receipt_id: 2 ** 53 + 2 }, 'invalid_argument', 'receipt_id must be at most 9007199254740991'],
    [{ receipt_id: -(2 ** 53) - 2 }, 'invalid_argument', 'receipt_id must be at least 1'],
    [{ receipt_id: null }, 'invalid_argument', 'receipt_id is missing'],
    [{ receipt_id: [17, 18] }, 'invalid_argument', 'receipt_id must be a whole number, not a list'],
    [{ receipt_id: 17, priority: 'urgent' }, 'invalid_argument', 'priority must be one of high, default, low'],
    [{ receipt_id: 17, force: 'yes' }, 'invalid_argument', 'force must be true or false, not "yes"'],
    [{ receipt_id: 17, tenant_id: 'other' }, 'unknown_argument', 'Unknown argument "tenant_id". Allowed: receipt_id'],
    [{ receipt_id: 0, priority: 1 }, 'invalid_argument', 'priority must be one of'],
  ];

  it.each(MISTAKES)('%j is answered %s: %s', async (args, code, says) => {
    const server = serveInProcess();
    const client = await connect('v1', { kind: 'http', url: server.url, fetch: server.fetch });
    await client.listTools();
    const answer = await client.call('enqueue_ocr', args);
    await client.close();
    expect(answer.isError).toBe(true);
    expect(answer.structured.code).toBe(code);
    expect(answer.says).toContain(says);
    expect(server.calls).toEqual([]);
  });
});
