import { sameRow } from '../../ledger/same-subject.ts';
import type { KindChecks } from '../job-type.ts';

const ENDED = `not j.live`;
/** A receipt of the table, as the look-up would show it. */
const RECEIPT = `(select r.*, extract(epoch from r.created_at) as made from public.receipts r)`;
/** The receipt that stands there is the job's own. */
const OF_JOB = `(r.id is not null and ${sameRow('j', 'r')})`;

/** The reading: job and receipt against each other. */
export const checks: KindChecks = {
  join: `left join ${RECEIPT} r on j.kind = 'ocr' and r.id = j.subject
  left join pantry_queue.receipt_state rs on j.kind = 'ocr' and rs.receipt_id = j.subject`,
  ofJobs: {
    receipt_result: {
      fault: 'wrong',
      says: 'the receipt does not show its latest finished reading',
      sql: `j.status = 'finished' and not g.later_finished and ${OF_JOB}
        and (rs.result_generation, rs.result_hash) is distinct from (j.generation, j.result_hash)`,
    },
    receipt_status: {
      fault: 'wrong',
      says: 'ocr_status of the receipt does not fit its jobs',
      sql: `not g.has_later and ${OF_JOB} and not coalesce(case
        when j.status = 'finished' then r.ocr_status = 'completed'
        when rs.result_generation is not null and ${ENDED} then r.ocr_status = 'completed'
        when j.error_code = 'receipt_changed' then r.ocr_status = 'pending'
        when j.status = 'failed' then r.ocr_status = 'failed'
        when r.ocr_status = 'completed' then rs.result_generation is not null
        when r.ocr_status = 'failed' then g.earlier_failed
        when r.ocr_status = 'processing' then j.live and j.admitted_at is not null
        when r.ocr_status = 'pending' then rs.result_generation is null
      end, false)`,
    },
    items_doubled: {
      fault: 'doubled',
      says: 'the items of the receipt were written more than once',
      sql: `j.status = 'finished' and ${OF_JOB} and not g.later_finished
        and not rs.set_by ? 'items' and jsonb_array_length(j.result -> 'items') > 0
        and (select count(*) from public.receipt_items i where i.receipt_id = j.subject)
            >= 2 * jsonb_array_length(j.result -> 'items')`,
    },
  },
  ofLedger: {
    review_count: {
      fault: 'wrong',
      says: 'the count of open reviews is not what a recount gives',
      sql: `with kept as (
          select tenant_id, user_id, sum(n) as n from pantry_queue.counts where status = 'review' group by 1, 2
        ), counted as (
          select s.tenant_id, o.user_id, count(*) as n from pantry_queue.receipt_state s
          cross join lateral (values (0::bigint), (s.review_user)) o (user_id) where s.review = 'open' group by 1, 2
        )
        select 'tenant ' || tenant_id || ' user ' || user_id as id from kept full join counted using (tenant_id, user_id)
        where coalesce(kept.n, 0) <> coalesce(counted.n, 0) order by 1`,
    },
    review_reasons: {
      fault: 'wrong',
      says: 'the receipt is in review without a reason, or has reasons and is in no review',
      sql: `select 'receipt ' || s.receipt_id as id from pantry_queue.receipt_state s
        where s.needs_review <> (s.review_reasons <> '[]') order by s.receipt_id`,
    },
    review_end: {
      fault: 'wrong',
      says: 'the review has ended and nobody is named who ended it, or it has not and somebody is',
      sql: `select 'receipt ' || s.receipt_id as id from pantry_queue.receipt_state s
        where coalesce(s.review <> 'open', false) <> (s.review_ended is not null) order by s.receipt_id`,
    },
    review_untold: {
      fault: 'lost',
      says: 'its review has begun or ended, and no event says so',
      // Events are removed a generation at a time: without those of all, nothing is known.
      sql: `select 'receipt ' || s.receipt_id as id from pantry_queue.receipt_state s
        where s.review is not null and s.result_generation is not null
          and not exists (select from pantry_queue.jobs j
            join pantry_queue.events e on e.job_no = j.job_no
              and e.kind = case when s.review = 'open' then 'receipt_needs_review' else 'receipt_reviewed' end
            where j.kind = 'ocr' and j.subject = s.receipt_id)
          and not exists (select from pantry_queue.jobs j where j.kind = 'ocr' and j.subject = s.receipt_id
            and not exists (select from pantry_queue.events e where e.job_no = j.job_no))
        order by s.receipt_id`,
    },
    duplicate_foreign: {
      fault: 'wrong',
      says: 'it is in review as a duplicate of itself, or of another tenant’s receipt',
      sql: `select distinct 'receipt ' || s.receipt_id as id from pantry_queue.receipt_state s
        cross join jsonb_array_elements(s.review_reasons) reason
        join pantry_queue.receipt_state o on o.receipt_id = (reason #>> '{data,receipt_id}')::bigint
        where s.needs_review and reason ->> 'code' = 'possible_duplicate'
          -- Of another user it may be: an application has given one of the two away since.
          and (o.receipt_id = s.receipt_id or o.tenant_id <> s.tenant_id)
        order by 1`,
    },
    result_vanished: {
      fault: 'lost',
      says: 'the receipt shows a reading whose finished job is not there',
      sql: `select 'receipt ' || s.receipt_id as id from pantry_queue.receipt_state s
        where s.result_generation is not null and not exists (
          select from pantry_queue.jobs j
          where j.kind = 'ocr' and j.subject = s.receipt_id and j.generation = s.result_generation and j.status = 'finished')
        order by s.receipt_id`,
    },
    facts_stale: {
      fault: 'stale',
      says: 'searches and sums show the receipt otherwise than it is',
      sql: `select 'receipt ' || coalesce(kept.receipt_id, now.receipt_id) as id
        from pantry_queue.receipt_facts kept
        full join pantry_queue.facts_of(array(select receipt_id from pantry_queue.receipt_state)) now
          on now.receipt_id = kept.receipt_id
        where kept is distinct from now
        order by 1`,
    },
    result_foreign: {
      fault: 'wrong',
      says: 'the receipt shows a reading of an earlier receipt with its id',
      sql: `select 'receipt ' || s.receipt_id as id
        from pantry_queue.receipt_state s
        join ${RECEIPT} r on r.id = s.receipt_id
        join pantry_queue.jobs j on j.kind = 'ocr' and j.subject = s.receipt_id and j.generation = s.result_generation
        where not ${sameRow('j', 'r')}
        order by s.receipt_id`,
    },
  },
};
