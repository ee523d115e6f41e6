/** One entry of the audit: who did what to which subject, and what came of it. Ids and codes alone, never a text. */
export interface AuditEntry {
  /** When the call began, RFC 3339. */
  readonly at: string;
  readonly tenant_id: string;
  readonly user_id: number;
  /** The user that the call named. */
  readonly for_user: number | null;
  /** Null where calls need no key. */
  readonly key_id: string | null;
  readonly door: Door;
  /** A model made the call for the user. */
  readonly by_assistant: boolean;
  readonly operation: string;
  readonly subjects: Readonly<Record<string, string | number | readonly (string | number)[]>>;
  /** `ok`, else the code of the error. */
  readonly outcome: string;
  readonly request_id: string | null;
}

/** Where a call came in; `program`: from a program that holds the queue itself. */
export const DOORS = ['http', 'mcp', 'database', 'program'] as const;
export type Door = (typeof DOORS)[number];

/** Operations that show what was read in receipts. They are recorded where the caller looks at receipts of others. */
export const SHOWING_RECEIPTS: readonly string[] = [
  ...['get_receipt', 'list_receipts', 'find_receipts', 'summarize_receipts', 'view_receipt'],
  ...['get_result', 'get_job_status', 'list_reviews'],
];

const NUMBER = /^[1-9]\d{0,15}$/;
const JOB = /^[a-z][a-z0-9_]{0,30}-[1-9]\d{0,15}(\.[1-9]\d{0,8})?$/;
const made = (begin: string) => new RegExp(`^${begin}[0-9a-f-]{1,36}$`);

/** Fields of a call and of its answer that name what it was about, and what their ids look like: anything else is a text. */
export const SUBJECT_IDS = {
  receipt_id: NUMBER,
  receipt_ids: NUMBER,
  job_id: JOB,
  job_ids: JOB,
  batch_id: made('batch-'),
  bulk_id: made('bulk-'),
  key_id: made('pq_'),
  webhook_id: made('webhook-'),
} as const;

export const AUDIT = {
  /** Entries of one commit. */
  maxEntries: 500,
  /** Of a list of ids. */
  maxIds: 20,
  /** Tries of one commit, so long apart. */
  tries: 5,
  retryMs: 500,
  /** Entries that wait for their commit; a call beyond it waits for room. */
  maxWaiting: 5_000,
  /** So long, entries that nobody waits for gather for one commit. */
  gatherMs: 50,
} as const;
