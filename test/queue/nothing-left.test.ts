import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolderBlobs } from '../../src/blobs/folder.ts';
import { NO_PRICES } from '../../src/contract/cost.ts';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import { createCropper } from '../../src/crop/cropper.ts';
import { createDispatch, type Dispatch } from '../../src/dispatch/create-dispatch.ts';
import { insertReceiptOnce } from '../../src/jobs/ocr/idempotency-keys.ts';
import { beginAttempt, failAttempt } from '../../src/ledger/attempts.ts';
import { markHandedOver } from '../../src/ledger/gate.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { createNotifier, type Notifier } from '../../src/ledger/notify.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { keepRefusedReply, storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import type { Blobs } from '../../src/ports.ts';
import { createQueue } from '../../src/queue/create-queue.ts';
import { createRemoveUnnamed } from '../../src/queue/unnamed-image.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { fakeEngine } from '../support/engine.ts';
import { createTestFeed } from '../support/feed.ts';
import { beatAs, FOR_EVER, useGate } from '../support/gate.ts';
import { testLog } from '../support/log.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';

const bench = useGate();
let blobs: Blobs;
let queue: ReturnType<typeof createQueue>;
let dispatch: Dispatch;
let notifier: Notifier;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pantry-nothing-left-'));
  blobs = await createFolderBlobs({ dir, bucket: 'receipts' });
  notifier = createNotifier(bench.db);
  const feed = await createTestFeed(bench.db, notifier);
  const { db } = bench;
  const deps = { db, notifier, ledgerId: await readLedgerId(db), workflowIdPrefix: '', webhooks: bench.webhooks };
  queue = createQueue({
    ...deps,
    feed,
    blobs,
    cropper: createCropper(),
    prices: NO_PRICES,
    retention: FOR_EVER,
    queueName: 'test',
  });
  dispatch = createDispatch({
    ...deps,
    engine: fakeEngine(),
    log: testLog,
    name: 'test',
    retention: FOR_EVER,
    removeImage: createRemoveUnnamed({ db, blobs }),
  });
  ends.push(
    () => rm(dir, { recursive: true, force: true }),
    () => feed.close(),
    () => notifier.close(),
  );
  await beatAs(db, 'w1', 1_000);
});
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

let made = 0;

/** A receipt whose every text and number is found nowhere else. */
async function markedReceipt() {
  const mark = `qzx${String(++made).padStart(3, '0')}`;
  const total = `70${made}71.${10 + made}`;
  async function* bytes() {
    yield Buffer.from(mark);
  }
  const { path, sha256 } = await blobs.put(bytes(), 'jpg', LIMITS.uploadBytes);
  const { receiptId } = await insertReceiptOnce(
    bench.db,
    {
      tenant: 'default',
      userId: 1,
      imagePath: path,
      purchaseDate: undefined,
      sha256,
      bytes: mark.length,
      allowDuplicate: false,
    },
    { tenant: 'default', userId: 1, key: `one ${made}`, fingerprint: `${sha256} - one` },
  );
  await queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
  const run: RunKey = { ...ocrOf(receiptId), generation: 1, runNo: 1 };
  const reply = bytesOf({
    ...replyFor(
      { receipt_id: receiptId, image_path: path, user_id: 1, job_id: '' },
      { merchant_name: `Shop ${mark}`, total_amount: total, confidence: 0.4 },
    ),
    raw_text: `text of ${mark}`,
    validation: { valid: false, errors: [`sum of ${mark}`], warnings: [`doubt of ${mark}`], confidence: 0.4 },
  });
  const hash = createHash('sha256').update(reply).digest('hex');
  return { run, path, reply, marks: [mark, total, sha256, hash] };
}
type Marked = Awaited<ReturnType<typeof markedReceipt>>;

async function begin({ run }: Marked): Promise<void> {
  await dispatch.tick();
  await markProcessing(bench.db, await readLedgerId(bench.db), run);
  expect(await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' })).toMatchObject({ kind: 'call' });
}

/** How far its job has come, and where the receipt's words have got to by then. */
const MOMENTS: Readonly<Record<string, (marked: Marked) => Promise<void>>> = {
  'is waiting': async () => {},
  'is being read': begin,
  'is stuck in Temporal': async (marked) => {
    await dispatch.tick();
    await markHandedOver(bench.db, marked.run, {
      engineRunId: 'e1',
      paused: false,
      stuck: `stuck: ${marked.marks[0]}`,
    });
  },
  'waits for its next attempt': async (marked) => {
    await begin(marked);
    const error = { code: 'agent_error', message: `It quotes ${marked.marks[0]}.`, charged: true } as const;
    await failAttempt(bench.db, marked.run, 1, error, { phase: 'backoff', delayMs: 600_000 });
  },
  'met a reply that was refused': async (marked) => {
    await begin(marked);
    await keepRefusedReply(bench.db, marked.run, 1, { bytes: marked.reply, agentMs: 1, code: 'agent_bad_response' });
  },
  'has its reply': async (marked) => {
    await begin(marked);
    await storeReply(bench.db, marked.run, 1, { bytes: marked.reply, agentMs: 1 });
  },
  'has finished': async (marked) => {
    await MOMENTS['has its reply']?.(marked);
    expect(await saveResult(bench.db, marked.run, { defaultCurrency: 'EUR' })).toEqual({ current: true });
  },
  'was corrected and is read again': async (marked) => {
    await MOMENTS['has finished']?.(marked);
    const fields = { receipt_id: marked.run.subject, merchant_name: `Mine ${marked.marks[0]}` };
    await queue.updateReceipt(fields, asOwner);
    await queue.enqueueOcr({ receipt_id: marked.run.subject, force: true }, asOwner);
  },
};

/** Every table of the database, whatever is added to it, in which a row holds one of the texts in any column. */
async function tablesHolding(marks: readonly string[]): Promise<string[]> {
  const tables = await bench.db.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'pantry_queue') order by 1`,
  );
  // Bytes are shown as hexadecimal digits.
  const patterns = marks.flatMap((mark) => [`%${mark}%`, `%${Buffer.from(mark).toString('hex')}%`]);
  const holding: string[] = [];
  for (const { name } of tables) {
    const rows = await bench.db.query(`select from ${name} t where t::text ilike any ($1::text[]) limit 1`, [patterns]);
    if (rows.length > 0) holding.push(name);
  }
  return holding;
}

const DELETED: Readonly<Record<string, (receiptId: number) => Promise<unknown>>> = {
  'by delete_receipt': (receipt_id) => queue.deleteReceipt({ receipt_id }, asOwner),
  'by SQL': (id) => bench.db.query('delete from public.receipts where id = $1', [id]),
};

describe.each(Object.entries(DELETED))('[Q25] a receipt that is deleted %s', (_how, remove) => {
  it.each(Object.entries(MOMENTS))(
    '[Q25] while its job %s leaves none of its words, amounts and hashes in any table, and no image',
    async (_at, happens) => {
      const marked = await markedReceipt();
      await happens(marked);
      expect(await tablesHolding(marked.marks)).toContain('pantry_queue.jobs');
      await remove(marked.run.subject);
      await dispatch.sweep();
      expect(await tablesHolding(marked.marks)).toEqual([]);
      expect(await blobs.exists(marked.path)).toBe(false);
      const status = queue.getJobStatus({ job_id: `ocr-${marked.run.subject}` }, asOwner);
      const told = await status.then(
        ({ error }) => error,
        (error: unknown) => error,
      );
      expect(told).toMatchObject({ code: 'receipt_deleted' });
      const options = { ledgerId: await readLedgerId(bench.db), workflowIdPrefix: '', settleMs: 0 };
      expect((await verifyLedger(bench.db, options)).findings).toEqual([]);
    },
  );

  it('[Q25] leaves an image that another receipt has, until that is deleted too', async () => {
    const first = await markedReceipt();
    const [other] = await bench.db.query<{ id: number }>(
      'insert into public.receipts (user_id, image_path) values (2, $1) returning id',
      [first.path],
    );
    await queue.enqueueOcr({ receipt_id: other?.id ?? 0 }, asOwner);
    await remove(first.run.subject);
    await dispatch.sweep();
    expect(await blobs.exists(first.path)).toBe(true);
    await remove(other?.id ?? 0);
    await dispatch.sweep();
    expect(await blobs.exists(first.path)).toBe(false);
    expect(await tablesHolding(first.marks)).toEqual([]);
  });
});

it('[Q25] an image that the store does not remove now is removed later, and holds up no other', async () => {
  const [stubborn, other] = [await markedReceipt(), await markedReceipt()];
  const away = createDispatch({
    db: bench.db,
    notifier,
    engine: fakeEngine(),
    log: testLog,
    name: 'test',
    ledgerId: await readLedgerId(bench.db),
    workflowIdPrefix: '',
    webhooks: bench.webhooks,
    retention: FOR_EVER,
    removeImage: (path) =>
      path === stubborn.path
        ? Promise.reject(new Error('the store is away'))
        : createRemoveUnnamed({ db: bench.db, blobs })(path),
  });
  for (const { run } of [stubborn, other])
    await bench.db.query('delete from public.receipts where id = $1', [run.subject]);
  await expect(away.sweep()).rejects.toThrow('the store is away');
  expect(await blobs.exists(other.path)).toBe(false);
  expect(await blobs.exists(stubborn.path)).toBe(true);
  await bench.db.query('update pantry_queue.image_removals set next_try_at = now()');
  await dispatch.sweep();
  expect(await blobs.exists(stubborn.path)).toBe(false);
  await away.stop();
});

it('[Q25] a key under which a deleted receipt was sent says that it was deleted', async () => {
  async function* photo() {
    yield Buffer.from('never looked at');
  }
  const { run } = await markedReceipt();
  await bench.db.query('delete from public.receipts where id = $1', [run.subject]);
  await dispatch.sweep();
  const again = queue.addReceipt({ bytes: photo(), idempotency: { key: String(made) } }, asOwner);
  await expect(again).rejects.toMatchObject({ code: 'receipt_deleted' });
});
