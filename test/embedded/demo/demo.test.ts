import { createServer, type IncomingMessage, type Server } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Job, job } from '../../../src/contract/fields.ts';
import { reasonOf } from '../../../src/contract/review-reasons.ts';
import { followJob } from '../../../src/embedded/demo/follow.ts';
import { addPhoto, shippedPhotos } from '../../../src/embedded/demo/photos.ts';
import { createProgress } from '../../../src/embedded/demo/progress.ts';
import { reportOf } from '../../../src/embedded/demo/report.ts';
import { untilIdle } from '../../../src/embedded/idle.ts';

const waiting: Job = job.parse({
  job_id: 'ocr-17',
  generation: 1,
  receipt_id: 17,
  user_id: 1,
  status: 'queued',
  phase: 'worker',
  priority: 'default',
  batch_id: null,
  created_at: '2026-01-01T10:00:00.000Z',
  run_at: null,
  started_at: null,
  ended_at: null,
  waiting_for: 'a free worker',
  position: null,
  eta_s: null,
  attempts: 0,
  attempts_charged: 0,
  next_attempt_at: null,
  give_up_at: '2026-01-02T10:00:00.000Z',
  workflow_id: 'ocr-17',
  result: null,
  error: null,
  exc_info: null,
  next: null,
});

const finished: Job = job.parse({
  ...waiting,
  status: 'finished',
  phase: null,
  waiting_for: null,
  started_at: '2026-01-01T10:00:01.500Z',
  ended_at: '2026-01-01T10:00:04.000Z',
  result: {
    merchant_name: 'Corner\u001b[31m Shop\u202e',
    purchase_date: '2026-01-01',
    total_amount: '7.50',
    currency: 'EUR',
    confidence: 0.914,
    needs_review: true,
    review_reasons: [reasonOf('agent_doubt', {}, { text: 'the items do not add up to the total' })],
    items: [
      {
        item_name: 'Bread',
        quantity: '1.000',
        unit_price: null,
        total_price: '2.50',
        currency: 'EUR',
        confidence: 0.9,
      },
      {
        item_name: 'Apples',
        quantity: '0.350',
        unit_price: null,
        total_price: '15.00',
        currency: 'EUR',
        confidence: 0.9,
      },
    ],
    result_hash: 'h',
  },
});

let server: Server;
let url = '';
let answers: { status?: number; body: unknown }[] = [];
let asked: string[] = [];
let bodies: Promise<string>[] = [];
beforeEach(async () => {
  answers = [];
  asked = [];
  bodies = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    bodies.push(textOf(request));
    const { status = 200, body } =
      answers.length > 1 ? (answers.shift() ?? { body: {} }) : (answers[0] ?? { body: {} });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

const signal = () => AbortSignal.timeout(20_000);

describe('the demo', () => {
  it('ships photos of receipts', async () => {
    expect((await shippedPhotos()).map((file) => path.extname(file))).toEqual(['.jpg', '.jpg', '.jpg', '.jpg', '.jpg']);
  });

  it('adds a photo as a form for user 1, without a day that nobody said', async () => {
    answers = [{ status: 201, body: { id: 17, job_id: 'ocr-17' } }];
    const [photo = ''] = await shippedPhotos();
    const added = await addPhoto(url, photo, signal());
    expect(added).toEqual({ fileName: path.basename(photo), receiptId: 17, jobId: 'ocr-17' });
    const form = await bodies[0];
    expect(asked).toEqual(['POST /receipts']);
    expect(form).not.toContain('purchase_date');
    expect(form).toMatch(/name="user_id"\r\n\r\n1\r\n/);
    expect(form).toContain('Content-Type: image/jpeg');
  });

  it('says in the server’s words why a photo was not taken', async () => {
    answers = [{ status: 415, body: { code: 'unsupported_image', detail: 'It is a PDF.', hint: 'Upload a JPEG.' } }];
    const [photo = ''] = await shippedPhotos();
    await expect(addPhoto(url, photo, signal())).rejects.toMatchObject({
      code: 'unsupported_image',
      message: `${path.basename(photo)} was not taken: It is a PDF.`,
      hint: 'Upload a JPEG.',
    });
  });

  it('follows a job to its end, over a server that is away for a moment', async () => {
    answers = [{ body: waiting }, { status: 503, body: {} }, { body: finished }];
    const seen: string[] = [];
    const last = await followJob(url, 'ocr-17', ({ status }) => seen.push(status), signal());
    expect(last).toEqual(finished);
    expect(seen).toEqual(['queued', 'finished']);
    expect(asked[0]).toBe('GET /jobs/ocr-17?wait_seconds=0');
    expect(asked[1]).toBe('GET /jobs/ocr-17?wait_seconds=1');
  });

  it('says when a job is unknown', async () => {
    answers = [{ status: 404, body: { code: 'job_not_found', detail: 'There is no job ocr-17.', hint: '' } }];
    await expect(followJob(url, 'ocr-17', () => undefined, signal())).rejects.toMatchObject({ code: 'job_not_found' });
  });

  it('reports a receipt with its items, times and doubts, and lets no character of it command the terminal', () => {
    expect(reportOf(finished, 'shop.jpg')).toBe(
      [
        'shop.jpg   (receipt 17, job ocr-17)',
        '  Corner [31m Shop · 2026-01-01 · total 7.50 EUR',
        '       1 × Bread    2.50',
        '    0.35 × Apples  15.00',
        '  confidence 0.91, needs review: the items do not add up to the total',
        '  waited 1.5 s, read in 2.5 s',
        '',
      ].join('\n'),
    );
  });

  it('reports why a job failed and what to do', () => {
    const error = {
      code: 'image_unreadable',
      message: 'The image cannot be read.',
      hint: 'Upload it again.',
      retryable: false,
    };
    const text = reportOf({ ...finished, status: 'failed', result: null, error }, 'shop.jpg');
    expect(text).toContain('  failed: The image cannot be read. (image_unreadable)\n  Upload it again.\n');
  });

  it('writes a line for each change of state where there is no terminal', () => {
    const lines: string[] = [];
    const progress = createProgress({ write: (text) => lines.push(text) }, [
      { fileName: 'shop.jpg', receiptId: 17, jobId: 'ocr-17' },
    ]);
    for (const state of [waiting, waiting, finished]) progress.update(state);
    progress.end();
    expect(lines).toEqual([
      'ocr-17 shop.jpg: queued/worker (a free worker)\n',
      'ocr-17 shop.jpg: finished: Corner [31m Shop 7.50 EUR\n',
    ]);
  });

  it('redraws one picture on a terminal, no wider than it is', () => {
    let screen = '';
    const terminal = { isTTY: true, columns: 30, write: (text: string) => (screen += text) };
    const progress = createProgress(terminal, [{ fileName: 'shop.jpg', receiptId: 17, jobId: 'ocr-17' }]);
    progress.update(waiting);
    progress.queue({ waiting: 1, running: 0 });
    progress.note('The worker runs again.');
    progress.update(finished);
    progress.end();
    // A picture begins where the one before was erased; what stays of the sequence is the way up to it.
    const pictures = screen
      .split('\u001b[J')
      .map((text) => text.split('\n').filter((line) => !line.startsWith('\u001b')));
    expect(pictures.find((lines) => lines[0] === 'The worker runs again.')).toEqual([
      'The worker runs again.',
      expect.stringMatching(/^. shop\.jpg {2}ocr-17 {3}queued\/w$/),
      '  queue: 1 waiting, 0 running',
    ]);
    expect(pictures.at(-1)).toEqual(['✓ shop.jpg  ocr-17   finished', '']);
  });
});

describe('waiting for an idle queue', () => {
  it('ends when nothing waits or runs, seen twice, and asks on while the server is away', async () => {
    const counts = { count: 0, started_jobs: 0, scheduled_jobs: 0, deferred_jobs: 0 };
    answers = [
      { body: { ...counts, started_jobs: 1 } },
      { body: counts },
      { status: 503, body: {} },
      { body: { ...counts, deferred_jobs: 1 } },
      { body: counts },
    ];
    await untilIdle({ url }, signal());
    expect(asked).toHaveLength(6);
  });
});
