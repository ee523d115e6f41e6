import { isObject, parseJson, repeatedIn } from '../../contract/agent-reply/json.ts';
import { judgeReply } from '../../contract/agent-reply/judge-reply.ts';
import type { JobType } from '../job-type.ts';
import { readSql } from '../sql-file.ts';
import { callAgent, type OcrParams, ocrParams } from './call.ts';
import { checks } from './checks.ts';
import { readColumns } from './columns.ts';
import { pendingReceipts } from './pending.ts';
import { pendingOfTenant } from './pending-of-tenant.ts';
import { readingOf } from './reading.ts';
import { imagesOf } from './receipts.ts';
import { REVIEW_EVENTS, REVIEWS_OVERDUE } from './review-sql.ts';
import { STORED, type Stored } from './stored.ts';
import { words } from './words.ts';

const sql = (name: string) => readSql(name, import.meta.url);

/** A receipt is read by the agent, and its fields and items are saved. */
export const ocr: JobType<OcrParams, Stored | null> = {
  kind: 'ocr',
  words,
  params: ocrParams,
  sql: {
    lookup: sql('lookup.sql'),
    named: sql('named.sql'),
    know: sql('know.sql'),
    begun: sql('begun.sql'),
    canceled: sql('canceled.sql'),
    ended: sql('ended.sql'),
    result: `pantry_queue.doubt_twin($6::jsonb, $7::jsonb -> 'receipt', j.subject, j.tenant_id, j.user_id)`,
    saved: `${sql('save.sql')}, ${REVIEW_EVENTS}`,
    written: sql('written.sql'),
    forgotten: sql('forgotten.sql'),
    before: STORED,
    shown: `(select s.result_hash from pantry_queue.receipt_state s
      where s.receipt_id = j.subject and s.result_generation = j.generation)`,
    restored: sql('restored.sql'),
    overdue: REVIEWS_OVERDUE,
  },
  functions: new URL('functions/', import.meta.url),
  checks,
  call: callAgent,
  refusalOf: (reply, receiptId) => judgeReply(reply, receiptId).refusal,
  async read({ bytes, sha256, before }, { defaultCurrency }, db, { again }) {
    const body = parseJson(bytes);
    const columns = await readColumns(db, { again });
    const { result, ...written } = readingOf(isObject(body) ? body : {}, {
      sha256,
      columns,
      defaultCurrency,
      stored: before ?? undefined,
      repeated: repeatedIn(bytes),
    });
    return { result, written };
  },
  pending: async (db, tenant, userId, limit) =>
    userId === undefined
      ? pendingOfTenant(db, tenant, limit)
      : (await pendingReceipts(db, tenant, userId, { usable: limit, withoutImage: 0 })).ids,
  images: imagesOf,
};
