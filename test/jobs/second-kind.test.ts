import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { OCR_WORKFLOW, taskQueuesOf } from '../../src/contract/names.ts';
import { createTemporalEngine } from '../../src/engine/temporal-engine.ts';
import { jobKinds } from '../../src/jobs/index.ts';
import { createKinds } from '../../src/jobs/job-type.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { createAccept } from '../../src/queue/accept.ts';
import { proveJob } from '../../src/verify/job-proof.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { type NoteJob, noteKind } from './note/type.ts';

type Count = (job: NoteJob, signal: AbortSignal) => Promise<unknown>;

const wordsIn = ({ params }: NoteJob) => ({ words: params.body.split(' ').length });
/** Of the notes that a test counts in its own way. */
const counts = new Map<number, Count>();
const called: string[] = [];

let queue: Installation;
beforeAll(async () => {
  const note = noteKind(async (job, signal) => {
    called.push(`note-${job.subject}.${job.generation}`);
    return (await counts.get(job.subject)?.(job, signal)) ?? wordsIn(job);
  });
  queue = await createInstallation({ kinds: createKinds([...jobKinds.list, note]) });
  await queue.work({ extract: async (request) => bytesOf(replyFor(request)) });
});
afterAll(() => queue.dispose());

async function addNote(body: string, count?: Count): Promise<number> {
  const [row] = await queue.db.query<{ id: number }>(
    'insert into pantry_queue.notes (user_id, body) values (1, $1) returning id',
    [body],
  );
  if (row && count) counts.set(row.id, count);
  return row?.id ?? 0;
}

async function enqueue(subject: number, mode: 'once' | 'force' = 'once', asked?: object) {
  const accept = createAccept(queue.db);
  const request = { subject, asked: asked as Record<string, unknown> | undefined, userId: undefined } as const;
  const entry = await accept('note', { ...request, tenant: 'default', priority: 'default', mode });
  queue.notifier.changed([subject], { gate: true });
  return entry;
}

const status = (job_id: string) => queue.queue.getJobStatus({ job_id }, asOwner);
const finished = (job_id: string) => queue.waitFor(job_id, (job) => job.status === 'finished');
const noteOf = async (id: number) =>
  (await queue.db.query('select state, words from pantry_queue.notes where id = $1', [id]))[0];
const eventsOf = async (id: number, generation = 1) =>
  (
    await queue.db.query<{ kind: string }>(
      `select e.kind from pantry_queue.events e join pantry_queue.jobs j using (job_no)
       where j.kind = 'note' and j.subject = $1 and j.generation = $2 order by e.id`,
      [id, generation],
    )
  ).map(({ kind }) => kind);

const verify = (kinds = queue.db.kinds) =>
  verifyLedger(
    { ...queue.db, kinds },
    {
      ledgerId: queue.ledgerId,
      workflowIdPrefix: queue.settings.workflowIdPrefix,
      engine: createTemporalEngine(queue.client, {
        queueName: queue.settings.queueName,
        address: queue.settings.engine.address,
      }),
      settleMs: 10_000,
    },
  );

/** Resolves when the call is under way; the call itself ends when it is aborted. */
function held() {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const count: Count = (_job, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      begin();
    });
  return { begun, count };
}

describe('[Q21] a job of a second kind', () => {
  it('runs through the real engine, is shown under its id, and its result is saved beside its events', async () => {
    const id = await addNote('three words here');
    const entry = await enqueue(id);
    expect(entry).toMatchObject({ verdict: 'new', row: { kind: 'note', subject: id, status: 'queued' } });
    const job = await finished(`note-${id}`);
    expect(job).toMatchObject({ job_id: `note-${id}`, generation: 1, user_id: 1, result: { words: 3 }, error: null });
    expect(job.workflow_id).toBe(`${queue.settings.workflowIdPrefix}note-${id}`);
    expect(await noteOf(id)).toEqual({ state: 'counted', words: 3 });
    expect(await eventsOf(id)).toEqual(['enqueued', 'admitted', 'attempt_started', 'reply_stored', 'finished']);
    const told = await queue.client.workflow.getHandle(job.workflow_id).describe();
    expect(await told.staticSummary()).toBe(`note ${id} of user 1`);
    const history = await queue.client.workflow.getHandle(job.workflow_id).fetchHistory();
    expect(history.events?.length).toBeLessThanOrEqual(14);
  });

  it('and one of a receipt with the same number are two jobs', async () => {
    const id = await addNote('one');
    await queue.db.query(
      `insert into public.receipts (id, user_id, image_path) overriding system value values ($1, 1, 'minio://receipts/a.jpg')
       on conflict do nothing`,
      [id],
    );
    await enqueue(id);
    await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
    const [note, receipt] = await Promise.all([finished(`note-${id}`), finished(`ocr-${id}`)]);
    expect(note.result).toMatchObject({ words: 1 });
    expect(receipt.result).toMatchObject({ merchant_name: 'Corner Shop' });
    expect(await queue.queue.getResult({ job_id: `note-${id}` }, asOwner)).toMatchObject({ result: { words: 1 } });
  });

  it('is there once however often it is asked for, and again when that is forced', async () => {
    const id = await addNote('two words');
    await enqueue(id);
    await finished(`note-${id}`);
    expect((await enqueue(id)).verdict).toBe('same');
    expect((await enqueue(id, 'force')).row?.generation).toBe(2);
    await finished(`note-${id}.2`);
    expect(await status(`note-${id}.1`)).toMatchObject({ job_id: `note-${id}.1`, generation: 1 });
    expect(called.filter((each) => each.startsWith(`note-${id}.`))).toEqual([`note-${id}.1`, `note-${id}.2`]);
  });

  it.each([
    ['one that is not there', 'not_found', async () => 999_999],
    ['what its look-up refuses', 'invalid_argument', () => addNote('')],
  ])('is refused for %s', async (_what, verdict, subject) => {
    expect((await enqueue(await subject())).verdict).toBe(verdict);
  });

  it('is refused for a subject that is not what the caller says', async () => {
    const id = await addNote('as it is');
    expect((await enqueue(id, 'once', { body: 'as it was' })).verdict).toBe('idempotency_conflict');
    expect((await enqueue(id, 'once', { body: 'as it is' })).verdict).toBe('new');
    await finished(`note-${id}`);
  });

  it('fails by its own code, says so in its subject, and a retry is a new generation', async () => {
    const id = await addNote('four words it has', () =>
      Promise.reject(new AppError('unsupported_image', 'This note cannot be counted.')),
    );
    await enqueue(id);
    const failed = await queue.waitFor(`note-${id}`, (job) => job.status === 'failed');
    expect(failed.error).toMatchObject({ code: 'unsupported_image', retryable: true });
    expect(await noteOf(id)).toEqual({ state: 'not counted', words: null });
    counts.delete(id);
    expect(await queue.queue.retryJob({ job_id: `note-${id}` }, asOwner)).toMatchObject({ generation: 2 });
    expect((await finished(`note-${id}.2`)).result).toMatchObject({ words: 4 });
    expect(await eventsOf(id)).toContain('failed');
  });

  it('is canceled while it is being done: its call is aborted', async () => {
    const { begun, count } = held();
    const id = await addNote('never counted', count);
    await enqueue(id);
    await begun;
    const canceled = await queue.queue.cancelJob({ job_id: `note-${id}` }, asOwner);
    expect(canceled.written).toBe('The counting is being stopped.');
    await queue.waitFor(`note-${id}`, (job) => job.status === 'canceled');
    expect(await noteOf(id)).toEqual({ state: 'not counted', words: null });
  });

  it.each([
    ['deleted', 'delete from pantry_queue.notes where id = $1', 'was thrown away while it was counted.'],
    ['changed', `update pantry_queue.notes set body = 'anew' where id = $1`, 'was written anew while it was counted.'],
  ])('ends in the words of its kind when its subject is %s meanwhile', async (what, change, says) => {
    const { begun, count } = held();
    const id = await addNote('for now', count);
    await enqueue(id);
    await begun;
    await queue.db.query(change, [id]);
    await queue.dispatch.sweep();
    const job = await queue.waitFor(`note-${id}`, (each) => each.status === 'failed');
    expect(job.error).toMatchObject({ code: `subject_${what}`, message: `Note ${id} ${says}` });
  });

  it('is checked by verify with all others, and by a check of its own kind', async () => {
    const id = await addNote('to be checked');
    await enqueue(id);
    await finished(`note-${id}`);
    await queue.dispatch.sweep();
    expect((await verify()).findings).toEqual([]);
    await queue.db.query('update pantry_queue.notes set words = 100 where id = $1', [id]);
    expect((await verify()).findings).toMatchObject([{ check: 'note_uncounted', fault: 'lost', ids: [`note-${id}`] }]);
    await queue.db.query('update pantry_queue.notes set words = 3 where id = $1', [id]);
    const [proof] = await proveJob(queue.db, { kind: 'note', subject: id, generation: undefined });
    expect(proof).toMatchObject({
      job_id: `note-${id}`,
      state: 'finished',
      idempotency_key: `note-${id}:1:${await readLedgerId(queue.db)}`,
    });
  });
});

describe('[Q21] a kind of job that a program does not know', () => {
  it('is named with those that it knows, by whatever call', async () => {
    const { getJobStatus, getResult, cancelJob, retryJob } = queue.queue;
    for (const call of [getJobStatus, getResult, cancelJob, retryJob]) {
      await expect(call({ job_id: 'parcel-7' }, asOwner)).rejects.toMatchObject({
        code: 'job_not_found',
        message: 'There is no job parcel-7: "parcel" is no kind of job. Kinds: ocr, note.',
      });
    }
  });

  it('is done by no worker: a workflow that names it ends quietly', async () => {
    const { client, ledgerId, settings } = queue;
    const handle = await client.workflow.start(OCR_WORKFLOW, {
      workflowId: `${settings.workflowIdPrefix}parcel-7`,
      taskQueue: taskQueuesOf(settings.queueName).ocr,
      args: [{ ledgerId, jobId: 'parcel-7', generation: 1, runNo: 1 }],
    });
    const reason = 'this program knows no jobs of kind parcel';
    expect(await handle.result()).toEqual({ outcome: 'not_current', reason });
  });

  it('is left alone in the ledger, whatever its state, and verify says so', async () => {
    const [receiptId = 0] = await addReceipts(queue.db, 1);
    await queue.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
    await finished(`ocr-${receiptId}`);
    const past = `now() - interval '1 hour'`;
    await queue.db.query(
      `insert into pantry_queue.jobs (kind, subject, generation, user_id, status, phase, give_up_at) values
         ('parcel', 1, 1, 1, 'queued', 'admission', ${past})`,
    );
    await queue.db.query(
      `insert into pantry_queue.jobs (kind, subject, generation, user_id, status, phase, give_up_at) values
         ('parcel', 2, 1, 1, 'queued', 'admission', ${past}), ('parcel', 3, 1, 1, 'queued', 'admission', ${past})`,
    );
    await queue.db.query(
      `update pantry_queue.jobs set phase = 'worker', admitted_at = ${past} where kind = 'parcel' and subject > 1`,
    );
    await queue.db.query(
      `update pantry_queue.jobs set status = 'started', phase = 'agent', worker_id = 'gone', attempt_started_at = ${past}
       where kind = 'parcel' and subject = 3`,
    );
    const parcels = () =>
      queue.db.query(
        `select subject, status, phase, run_no, handed_over_at from pantry_queue.jobs where kind = 'parcel' order by 1`,
      );
    const before = await parcels();
    await queue.dispatch.tick();
    await queue.dispatch.sweep();
    await queue.dispatch.tick();
    expect(await parcels()).toEqual(before);
    expect((await verify()).findings).toMatchObject([
      { check: 'kind_unknown', count: 3, ids: ['parcel-1', 'parcel-2', 'parcel-3'] },
    ]);
    // Other jobs go on beside them.
    const id = await addNote('still counted');
    await enqueue(id);
    await finished(`note-${id}`);
    await queue.db.query(`delete from pantry_queue.jobs where kind = 'parcel'`);
    await queue.db.query(
      'delete from pantry_queue.events e where not exists (select from pantry_queue.jobs j where j.job_no = e.job_no)',
    );
  });

  it('is none whose name could not stand in an id or in the name of a function', () => {
    const named = (kind: string) => [{ ...queue.db.kinds.of('note'), kind }];
    for (const kind of ['', 'Note', 'a-b', 'x;drop', '7up']) expect(() => createKinds(named(kind))).toThrow('no name');
    expect(() => createKinds([...named('note'), ...named('note')])).toThrow('same name');
  });
});
