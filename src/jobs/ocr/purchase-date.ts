import { SET_BY_PERSON } from './settled.ts';

/** Who set a date that stands in a receipt: the reading, a person, whoever uploaded it, or another program. */
export type DateSetter = 'agent' | 'person' | 'uploader' | 'application';

/** The date of a receipt before a reading is saved. */
export interface StoredDate {
  readonly date: string | null;
  readonly by: DateSetter | null;
}

/** Of receipts `r` with their state `s`. What another program's row holds before anything was read, somebody has said. */
export const DATE_SET_BY = `case when r.purchase_date is not null then coalesce(
    s.set_by #>> '{purchase_date,by}', case when r.parsed_at is null then 'application' else 'agent' end) end`;

/** What a receipt holds before a reading of it is saved. */
export interface Stored extends StoredDate {
  /** Fields that a person has set. */
  readonly persons: readonly string[];
}

/** SQL: what is stored in the receipt of the job `j`; null where it is gone. */
export const STORED = `(
    select json_build_object('date', to_char(r.purchase_date, 'YYYY-MM-DD'), 'by', ${DATE_SET_BY},
      'persons', ${SET_BY_PERSON})
    from public.receipts r left join pantry_queue.receipt_state s on s.receipt_id = r.id where r.id = j.subject)`;
