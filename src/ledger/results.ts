import { isObject, parseJson } from '../contract/agent-reply/json.ts';
import { type ErrorCode, isAppError } from '../contract/errors.ts';
import type { JobKey, RunKey } from '../contract/job.ts';
import { readColumns } from './columns.ts';
import type { Db } from './db.ts';
import { recordEvent } from './event.ts';
import { keyValues, OF_GENERATION, OF_RUN, runValues } from './job-key.ts';
import { readingOf } from './reading.ts';
import { orWithoutReceipt, unlessRefused } from './refusal.ts';
import { readToSave } from './replies.ts';
import { endingCode, receiptStands, sameImage, sameRow } from './same-receipt.ts';

/** Did the write count, and if not, why: the run is not the job's current one, or the job has ended. */
export type Written = { readonly current: true } | NotWritten;
type NotWritten = { readonly current: false; readonly reason: string };

async function whyNotCurrent(db: Db, run: RunKey): Promise<string> {
  const [job] = await db.query<{ status: string; run_no: number }>(
    `select status, run_no from pantry_queue.jobs j where ${OF_GENERATION}`,
    keyValues(run),
  );
  if (!job) return 'the ledger has no such job';
  return job.run_no === run.runNo ? `the job is ${job.status}` : `run ${job.run_no} is current`;
}

const MARK_PROCESSING = `
with current as (
  select j.subject, ${receiptStands('j')} as has_receipt from pantry_queue.jobs j
  where ${OF_RUN} and j.live and j.cancel_requested_at is null and j.admitted_at is not null
  -- A job that ends at this moment ends before or after: never in between, with its receipt left at processing.
  for share
), marked as (
  update public.receipts r set ocr_status = 'processing', updated_at = now()
  from current c where r.id = c.subject and c.has_receipt and r.ocr_status is distinct from 'processing'
)
select has_receipt from current`;

/**
 * The receipt's `ocr_status` becomes processing, if this run is the current one of this ledger.
 * @throws AppError result_not_storable when the database refuses that for good; the job has ended with it then
 */
export async function markProcessing(db: Db, ledgerId: string, run: RunKey): Promise<Written> {
  const [ledger] = await db.query<{ ledger_id: string }>('select ledger_id from pantry_queue.ledger');
  if (ledger?.ledger_id !== ledgerId) return { current: false, reason: 'the run belongs to another ledger' };
  const [row] = await endingRefused(db, run, () => db.query<{ has_receipt: boolean }>(MARK_PROCESSING, runValues(run)));
  if (!row) return { current: false, reason: await whyNotCurrent(db, run) };
  return row.has_receipt ? { current: true } : endDeleted(db, run);
}

/** Runs a write about the receipt; where the database refuses it for good, the job ends here and holds no slot. */
async function endingRefused<T>(db: Db, run: RunKey, write: () => Promise<T>): Promise<T> {
  try {
    return await unlessRefused(db, write);
  } catch (error) {
    if (isAppError(error) && error.code === 'result_not_storable') {
      await endJob(db, run, { status: 'failed', code: error.code, message: error.message });
    }
    throw error;
  }
}

/** Why the receipt is not what the job was made for. Of a deleted one the sweep removes what its jobs hold. */
const MISMATCH = `
with looked as (
  select j.subject, j.tenant_id, j.job_no, ${endingCode('j', 'r')} as code
  from pantry_queue.jobs j left join public.receipts r on r.id = j.subject
  where ${OF_GENERATION}
), buried as (
  insert into pantry_queue.tombstones (receipt_id, tenant_id, job_no)
  select subject, tenant_id, job_no from looked where code = 'receipt_deleted'
)
select code from looked where code is not null`;

/** Ends the job of a receipt that was deleted or changed. */
export async function endDeleted(db: Db, run: RunKey): Promise<NotWritten> {
  return (await endIfMismatched(db, run)) ?? { current: false, reason: await whyNotCurrent(db, run) };
}

async function endIfMismatched(db: Db, run: RunKey): Promise<NotWritten | undefined> {
  const [found] = await db.query<{ code: EndingCode }>(MISMATCH, keyValues(run));
  if (!found) return undefined;
  const end = endOf(found.code, run.subject);
  await endJob(db, run, end);
  return { current: false, reason: end.message };
}

type EndingCode = 'receipt_deleted' | 'receipt_changed';

/** How a live job ends whose receipt is not what it was made for. */
export function endOf(code: EndingCode, receiptId: number) {
  const happened = code === 'receipt_changed' ? 'got another image or owner' : 'was deleted';
  return { status: 'failed', code, message: `Receipt ${receiptId} ${happened} while its job was live.` } as const;
}

/** @param receipt what is written to the receipt: nothing, where its table refuses that */
const END = (receipt: string) => `
with ended as (
  update pantry_queue.jobs j set
    status = case when j.cancel_requested_at is null then $5 else 'canceled' end, phase = null, ended_at = now(),
    next_attempt_at = null, worker_id = null,
    error_code = case when $5 = 'failed' and j.cancel_requested_at is null then $6 end,
    error_message = case when $5 = 'failed' and j.cancel_requested_at is null then $7 end
  where ${OF_GENERATION} and ($4::int is null or j.run_no = $4) and j.live
  returning j.*
), recorded as (
  ${recordEvent(
    'ended',
    { sql: 'status', among: ['failed', 'canceled'] },
    {
      attempt: 'attempt',
      data: "case when status = 'failed' then jsonb_build_object('code', error_code) end",
    },
  )}
), told as (
  -- Whoever ended the job, its run must not stay open in the engine.
  insert into pantry_queue.commands (job_no, tenant_id, kind, run_no, engine_run_id)
  select job_no, tenant_id, 'cancel', run_no, engine_run_id from ended
  where $8::boolean and admitted_at is not null
)${receipt}
select status from ended`;

const END_WITH_RECEIPT = END(`, receipt as (
  -- Through a record of the table, so that an adopted enum is met: a CASE of literals alone is text.
  update public.receipts r set updated_at = now(), ocr_status = (jsonb_populate_record(null::public.receipts,
    jsonb_build_object('ocr_status', case
      when s.generation is not null then 'completed'
      -- What it is now has not been read.
      when e.error_code = 'receipt_changed' then 'pending'
      when e.status = 'failed' then 'failed' else 'pending' end))).ocr_status
  from ended e left join pantry_queue.receipt_state s on s.receipt_id = e.subject
  where r.id = e.subject and ${sameRow('e', 'r')}
)`);
const END_ALONE = END('');

/**
 * Ends a job as failed or canceled, in the ledger and in the receipt; in the ledger alone where the receipt's table
 * refuses its status. A cancel that was asked for wins over a failure that came meanwhile.
 * @param run with `runNo` undefined any run may be ended: only the ledger's own sweep does that
 * @param options `cancelRun`: the workflow does not know of this end, and is told
 */
export async function endJob(
  db: Db,
  run: JobKey & { readonly runNo: number | undefined },
  end: { status: 'failed'; code: ErrorCode; message: string } | { status: 'canceled' },
  { cancelRun = false }: { cancelRun?: boolean } = {},
): Promise<Written> {
  const failed = end.status === 'failed' ? end : undefined;
  const values = [
    ...keyValues(run),
    run.runNo ?? null,
    end.status,
    failed?.code ?? null,
    failed?.message ?? null,
    cancelRun,
  ];
  const rows = await orWithoutReceipt(
    () => db.query(END_WITH_RECEIPT, values),
    () => db.query(END_ALONE, values),
  );
  if (rows.length > 0) return { current: true };
  return { current: false, reason: await whyNotCurrent(db, { ...run, runNo: run.runNo ?? 0 }) };
}

/**
 * One transaction in one statement: job, receipt, items, event and counter. Columns are filled through
 * `jsonb_populate_record`, so an adopted table's own types are met. What a person set stays.
 */
const SAVE = `
with saved as (
  update pantry_queue.jobs j set
    status = 'finished', phase = null, ended_at = now(), result = $6::jsonb, result_hash = $5, worker_id = null,
    error_code = null, error_message = null
  where ${OF_RUN} and j.status = 'started' and j.phase = 'saving'
    and exists (select from pantry_queue.replies p where p.job_no = j.job_no and p.sha256 = $5 and p.refused is null)
    and ${receiptStands('j')}
  returning j.*
), state as (
  insert into pantry_queue.receipt_state as s
    (receipt_id, tenant_id, generation, result_hash, needs_review, review_reasons, set_by)
  select subject, tenant_id, generation, $5, ($6::jsonb ->> 'needs_review')::boolean,
         array(select jsonb_array_elements_text($6::jsonb -> 'review_reasons')),
         jsonb_build_object('purchase_date', jsonb_build_object('by', $6::jsonb -> 'purchase_date_by'))
  from saved
  on conflict (receipt_id) do update set generation = excluded.generation, result_hash = excluded.result_hash,
    needs_review = excluded.needs_review, review_reasons = excluded.review_reasons, updated_at = now(),
    -- Who said the date is known already, where anybody did.
    set_by = excluded.set_by || case when s.set_by #>> '{purchase_date,by}' in ('person', 'uploader', 'application')
                                     then s.set_by else s.set_by - 'purchase_date' end
  returning receipt_id, set_by
), patch as (
  select s.receipt_id, jsonb_populate_record(null::public.receipts, $7::jsonb) as new, s.set_by from state s
), receipt as (
  update public.receipts r set
    merchant_name = case when p.set_by #>> '{merchant_name,by}' = 'person' then r.merchant_name else (p.new).merchant_name end,
    total_amount = case when p.set_by #>> '{total_amount,by}' = 'person' then r.total_amount else (p.new).total_amount end,
    currency = case when p.set_by #>> '{currency,by}' = 'person' then r.currency else (p.new).currency end,
    purchase_date = case when p.set_by #>> '{purchase_date,by}' in ('person', 'uploader', 'application')
                         then coalesce(r.purchase_date, (p.new).purchase_date)
                         else coalesce((p.new).purchase_date, r.purchase_date) end,
    extraction_confidence = (p.new).extraction_confidence,
    extraction_errors = (p.new).extraction_errors,
    ocr_text = (p.new).ocr_text,
    ocr_status = 'completed', parsed_at = now(), updated_at = now()
  from patch p, saved j where r.id = p.receipt_id and ${sameImage('j', 'r')}
), replaced as (
  delete from public.receipt_items i using state s
  where i.receipt_id = s.receipt_id and s.set_by #>> '{items,by}' is distinct from 'person'
), items as (
  insert into public.receipt_items (receipt_id, item_name, quantity, unit_price, total_price, currency, confidence)
  select s.receipt_id, i.item_name, i.quantity, i.unit_price, i.total_price, i.currency, i.confidence
  from state s cross join lateral jsonb_to_recordset($8::jsonb) as i (
    item_name text, quantity numeric, unit_price numeric, total_price numeric, currency text, confidence numeric)
  where s.set_by #>> '{items,by}' is distinct from 'person'
), recorded as (
  ${recordEvent('saved', 'finished', {
    attempt: 'attempt',
    data: "jsonb_build_object('result_hash', $5::text, 'needs_review', $6::jsonb -> 'needs_review')",
  })}
)
select from saved`;

/** A reply that an earlier run or a dead worker left: this run may save it. */
const CLAIM_SAVING = `
with claimed as (
  update pantry_queue.jobs j set status = 'started', phase = 'saving'
  where ${OF_RUN} and j.cancel_requested_at is null and j.in_engine and j.phase not in ('saving', 'canceling')
    and exists (select from pantry_queue.replies p where p.job_no = j.job_no and p.refused is null)
  returning j.*
)
${recordEvent('claimed', 'save_claimed', { attempt: 'attempt' })}
returning job_no`;

/** @returns whether the job now is, or was, in `started/saving` under this run */
async function claimSaving(db: Db, run: RunKey): Promise<boolean> {
  const rows = await db.query(CLAIM_SAVING, runValues(run));
  return rows.length > 0;
}

/**
 * Saves the stored reply as the receipt's reading and finishes the job: exactly once, whoever calls it how often.
 * @param defaultCurrency for replies that name none
 * @throws AppError result_not_storable when the database refuses the reading for good; the job has ended with it then,
 *   and its reply is kept
 */
export async function saveResult(db: Db, run: RunKey, defaultCurrency: string): Promise<Written> {
  const reply = await readToSave(db, run);
  if (!reply) return notSaved(db, run, 'no reply is stored');
  const body = parseJson(reply.raw);
  const save = async () => {
    const { sha256 } = reply;
    const columns = await readColumns(db);
    const { result, receipt, items } = readingOf(isObject(body) ? body : {}, {
      sha256,
      columns,
      defaultCurrency,
      storedDate: { date: reply.date, by: reply.by },
    });
    const written = [result, receipt, items].map((value) => JSON.stringify(value));
    return db.query(SAVE, [...runValues(run), sha256, ...written]);
  };
  return endingRefused(db, run, async (): Promise<Written> => {
    if ((await save()).length > 0) return { current: true };
    if ((await claimSaving(db, run)) && (await save()).length > 0) return { current: true };
    return notSaved(db, run, await whyNotCurrent(db, run));
  });
}

async function notSaved(db: Db, run: RunKey, reason: string): Promise<Written> {
  // Our own commit whose answer was lost: the job is finished by this very run.
  if (reason === 'the job is finished') return { current: true };
  return (await endIfMismatched(db, run)) ?? { current: false, reason };
}
