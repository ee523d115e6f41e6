/** Cron schedules. Five fields, so none fires more often than once a minute. */
export const SCHEDULES = {
  ofUser: 50,
  ofTenant: 1_000,
  name: 64,
  cron: 120,
  note: 200,
  /** Times that `get_schedule` shows. */
  nextTimes: 5,
  /** Times that were missed are counted up to here. */
  countedMissed: 1_000,
  /** Firings of one backfill, and how far back it may begin. */
  backfillTimes: 100,
  backfillS: 366 * 86_400,
  /** A run that waits for the one before looks again after this. */
  bufferedS: 5,
  /** A run that was refused is tried again after this, twice as long each time. */
  retry: { firstS: 60, maxS: 3_600 },
  /** Refused so often in a row, a schedule is a problem in `queue_info`. */
  troubledAfter: 3,
  /** Due schedules that one statement reads, and statements of one round. */
  slice: 100,
  slicesARound: 20,
} as const;
