import { recordEvent } from '../../ledger/event.ts';

const NO_STATE = 'null::text';

/** A part of the save: a review has begun, or this reading has ended one. What was open before is open still. */
export const REVIEW_EVENTS = `before as (
  -- The snapshot of the statement: what stood there, since a save begins anew where that is not so any more.
  select s.receipt_id, s.review from pantry_queue.receipt_state s join saved j on j.subject = s.receipt_id
), opened as (
  ${recordEvent(
    `(select j.*, s.review_reasons from saved j join state s on s.receipt_id = j.subject
      left join before b on b.receipt_id = j.subject where s.review = 'open' and b.review is distinct from 'open') j`,
    'receipt_needs_review',
    {
      state: NO_STATE,
      data: `jsonb_build_object('reasons', (
    select coalesce(jsonb_agg(distinct r ->> 'code'), '[]') from jsonb_array_elements(review_reasons) r))`,
    },
  )}
), settled as (
  ${recordEvent(
    `(select j.* from saved j join state s on s.receipt_id = j.subject
      join before b on b.receipt_id = j.subject where s.review is null and b.review is not null) j`,
    'receipt_reviewed',
    {
      state: NO_STATE,
      data: `'{"outcome": "settled", "by": "reading", "user_id": null, "fields": []}'::jsonb`,
    },
  )}
)`;

/**
 * Reviews that nobody came for. The doubt stays with the receipt; only the list is rid of it. Each job by its key: a
 * plan from an empty ledger else reads them all.
 */
export const REVIEWS_OVERDUE = `
with expired as (
  update pantry_queue.receipt_state s set review = 'expired', version = s.version + 1, updated_at = now(),
    review_ended = jsonb_build_object('by', 'policy', 'at', now()),
    changes = jsonb_path_query_array(s.changes || jsonb_build_object('version', s.version + 1, 'at', now(), 'by', 'policy',
      'user', null, 'did', 'expired', 'fields', '[]'::jsonb), '$[last - 19 to last]')
  where s.receipt_id = any (array(select pantry_queue.reviews_before(now() - make_interval(secs => $1), $2)))
  returning s.receipt_id, s.result_generation
), recorded as (
  ${recordEvent(
    `(select j.* from expired e cross join lateral (select * from pantry_queue.jobs j
      where j.kind = 'ocr' and j.subject = e.receipt_id and j.generation = e.result_generation offset 0) j) j`,
    'receipt_reviewed',
    {
      state: NO_STATE,
      data: `'{"outcome": "expired", "by": "policy", "user_id": null, "fields": []}'::jsonb`,
    },
  )}
)
select receipt_id as subject from expired`;
