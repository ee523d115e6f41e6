/**
 * Numbers that decide how long things take and how often they are tried: one table, read by the gate, the workflow,
 * the activities and the documentation. Workflow-safe.
 */

/** Attempts that count: the agent answered, and the answer was no use. */
export const MAX_CHARGED_ATTEMPTS = 5;
/** Attempts whose worker died: more than any bad week of restarts, and still a bound for a poison receipt. */
export const MAX_LOST_ATTEMPTS = 10;
/** From acceptance to `gave_up`, also with no worker alive; longer than a weekend's pause. */
export const GIVE_UP_AFTER_S = 72 * 3600;

/** Work that is planned. */
export const LATER = {
  /** How far ahead a job may start. */
  runAtS: 366 * 86_400,
  /** A delay is meant for minutes to days; a time further away is named with run_at. */
  delayS: 7 * 86_400,
  /** Jobs that one waits for, and lines between the jobs of one call and those. */
  parents: 100,
  batchParents: 100_000,
  /** Jobs that one statement releases, and statements of one round. */
  slice: 500,
  slices: 20,
  /** Jobs of failed parents that are ended one by one in a round. */
  ends: 200,
  /** Waits that a round looks at by itself, in case nobody told of an end. */
  walked: 1_000,
  /** A round that looks for what is due comes no later than this after the time. */
  soonMs: 20,
} as const;

/** Back-off of charged attempts: 2 s, 4 s, 8 s, 16 s, each ± 20 % so that failures do not come back as one wave. */
export const BACKOFF = { firstMs: 2_000, factor: 2, maxMs: 120_000, jitter: 0.2 } as const;
/** A job that meets a paused queue asks again after this. */
export const PAUSED_MS = 10_000;
/** `Retry-After` of an agent is believed up to here. */
export const MAX_RETRY_AFTER_MS = 600_000;
/** Another attempt of the same job is still in flight: look again after this. */
export const IN_THE_AIR_MS = 2_000;

/** Workers write their row this often; one not seen for `lostAfterMs` has lost its jobs. */
export const WORKER_BEAT = {
  everyMs: 5_000,
  /** After a beat that failed: it should be waiting already when a lock on its row is released. */
  retryMs: 100,
  lostAfterMs: 15_000,
  /** Sweeps that came without a gap for this long have given every living worker its chance to beat again. */
  steadyAfterMs: 8_000,
  /** A longer gap between two sweeps means that the ledger was away, or that nobody watched. */
  gapMs: 5_000,
} as const;

/** The activity that calls the agent. */
export const CALL_AGENT = {
  heartbeatTimeoutMs: 12_000,
  heartbeatEveryMs: 2_000,
  /** The SDK holds heartbeats back up to this; a cancel is as quick as the next heartbeat that is sent. */
  maxHeartbeatThrottleMs: 4_000,
  /** Added to the attempt's own deadline, so that the activity reports the time-out and not the engine. */
  startToCloseMarginMs: 60_000,
  /** All back-off is `nextRetryDelay` from the error table: Temporal's exponent would count uncharged attempts too. */
  retryIntervalMs: 2_000,
} as const;

/** `updateStatus` and `saveResult`: local first (one marker in the history), then as a normal activity that people see. */
export const LEDGER_STEP = {
  local: { tries: 2, startToCloseMs: 1_500, scheduleToCloseMs: 3_000 },
  normal: { startToCloseMs: 10_000, firstRetryMs: 1_000, maxRetryMs: 10_000 },
  /** Tries of a step that fails by a fault of our own, after the local ones. */
  ownTries: 3,
  logEvery: 10,
} as const;

/** What an attempt has to tell the ledger (a paid reply, its end) while the ledger is away. */
export const PERSIST = {
  firstDelayMs: 250,
  maxDelayMs: 5_000,
  /** Tries when it is no outage. */
  ownTries: 3,
  logEvery: 10,
  /** Before Temporal's limit on the attempt, so that the activity reports and not the engine. */
  marginMs: 5_000,
} as const;

/** The call of the agent, besides the attempt's own deadline. */
export const AGENT_CALL = { connectMs: 5_000, bodyIdleMs: 30_000, maxReplyBytes: 2 * 1024 * 1024 } as const;

/** A worker that is told to stop. */
export const WORKER_STOP = {
  /** After its grace: to hand back what did not end, and to close. */
  handBackMs: 10_000,
} as const;

/** A worker that Temporal does not let work. */
export const WORKER_RETURN = {
  /** It is tried again after this. */
  retryMs: 5_000,
  /** Polls that are refused are given up by the SDK after 60 s: only past that they are known to be let through again. */
  sureMs: 75_000,
} as const;

/** How the gate works. */
export const GATE = {
  /** In flight = this many jobs a live agent slot, at least `minWindow`; for each so many one more of who has none. */
  windowPerSlot: 2,
  minWindow: 4,
  maxWindow: 2_000,
  windowPerKeptPlace: 4,
  /** Also without a notification (a lost one must only cost time). */
  tickMs: 1_000,
  sweepEveryMs: 2_000,
  /** Admitted by a gate that then died: any gate starts it after this. */
  orphanedStartMs: 5_000,
  /** What is in the engine is compared with it this often: finds what a person did there, and lost files. */
  engineCheckMs: 20_000,
  /** A cancel that the engine did not carry out in this time is ended by the ledger; the fences hold off the rest. */
  cancelingMs: 8_000,
  /** Open in the engine, back-off and paused ones included: at most this many times the window. */
  openPerWindow: 4,
  /** A process asks the engine how it is this often while it is well, and each tick while it is not. */
  engineLookMs: 5_000,
  /** No call of the engine takes longer, whatever it does; its own deadline is 5 s. */
  engineDeadlineMs: 6_000,
  /** One round of comparisons begins nothing more after this; the rest comes with the next. */
  engineChecksMs: 10_000,
  /** A start that Temporal's set-up refused is believed this long against an answered ping. */
  believeRefusalMs: 60_000,
  /** So many runs refused in a row, with none accepted between, are no fault of the runs. */
  refusalsThatMeanSetup: 3,
  /** Each process writes this often what it sees of engine and agent. */
  gateBeatMs: 5_000,
} as const;

/** How a burst worker (`--burst`) decides that it is done, or that it waits for a person. */
export const BURST = {
  lookMs: 1_000,
  /** Looks in a row that must find nothing. */
  emptyLooks: 2,
  /** A paused queue with nothing running is left soon: that of a call that has just begun is seen until then. */
  pausedMs: 3_000,
  /** Longer than any back-off between two attempts that count. */
  patienceMs: 30_000,
  /** Of a process that left work undone: "unavailable", as the commands say it. */
  exitCode: 5,
} as const;

/** How the gate's rounds are run. */
export const ROUNDS = {
  /** A round that takes longer is named in the log; it goes on. */
  slowMs: 30_000,
  /** A failure that lasts is said again this often. */
  repeatFailureMs: 60_000,
  /** A stop waits so long for a round that hangs. */
  stopMs: 10_000,
  /** Between the first runs of two rounds. */
  staggerMs: 20,
} as const;

/** How actions over many jobs are carried out. */
export const BULK = {
  /** Jobs of one bulk; of a filter that finds more, the oldest. */
  jobs: 10_000,
  /** Of one transaction: short enough that nobody waits for its locks. */
  slice: 500,
  /** What one round does at most; the rest comes with the next. */
  slicesARound: 20,
  /** A confirming call does slices itself for this long, so that a small bulk has ended when it is answered. */
  callMs: 2_000,
  /** From a preview to its confirmation. */
  confirmS: 600,
  /** Snapshots name every transaction that is under way. */
  confirmToken: 8_192,
  sample: 5,
  restoreS: 24 * 3600,
  /** After its end. */
  keptS: 7 * 24 * 3600,
} as const;

/** How the events of the ledger are read. */
export const FEED = {
  /** Events that one statement reads. */
  page: 500,
  /** Also without a notification: SQL clients send none, and one may be lost. */
  everyMs: 1_000,
  /** Notifications come more often under load: one read serves all that come in this time. */
  gapMs: 20,
  /** The newest events, held once for all subscriptions; one that is further behind reads pages of the ledger. */
  recent: 1_000,
  subscriptions: 1_200,
  /** Events that a subscription is given at once, which is all that one holds that is not read. */
  atOnce: 50,
  /** Of one user, so that nobody takes the places of all. */
  subscriptionsPerUser: 1_000,
  /** Pages that subscriptions read at once; the feed itself is not among them. */
  catchUps: 2,
  /** Events that no job and no batch takes along. */
  keptS: 30 * 86_400,
} as const;

/** Bounds of what one call may carry. */
export const LIMITS = {
  batch: 10_000,
  bulkFiles: 50,
  uploadBytes: 20 * 1024 * 1024,
  /** A body of JSON, except a batch. */
  jsonBytes: 16 * 1024,
  batchBytes: 1024 * 1024,
  /** Of a receipt, in one correction. */
  editedItems: 1_000,
  /** A message of MCP, with what a host says about itself. */
  mcpBytes: 64 * 1024,
  mcpValues: 2_000,
  /** Values in a body, nested ones counted: a batch with its image paths has 20,000. */
  values: 20_100,
  /** Of all bodies that are larger than `jsonBytes` and still arriving, together. */
  arrivingBytes: 32 * 1024 * 1024,
  /** An answer ends at about this; a list gives its next page. */
  answerBytes: 1024 * 1024,
  /** Of a receipt's evidence in one answer; all of it is at the job's result. */
  evidenceBytes: 512 * 1024,
  waitSeconds: 45,
  /** Jobs that one call waits for, and changes that one answer tells. */
  waitedJobs: 100,
  /** The longest single question of a longer wait: proxies cut what is silent for about 30 s. */
  askSeconds: 20,
  /** Calls of one server that wait for a job at the same moment. */
  waitingCalls: 1_000,
  listRows: 200,
  listRowsByDefault: 50,
  imagePath: 512,
  /** Jobs of each part of them that one page of a search looks at. */
  searchedRows: 2_000,
  /** How a merchant's name begins, in a filter. */
  merchant: 100,
} as const;

/** What a picture may be. The door, the embedded reader and the crops keep to it; a test compares them. */
export const IMAGE = {
  /** Above any scan at 600 dpi of A4 (35 megapixels), below what a decompression bomb needs. */
  maxPixels: 50_000_000,
  maxSidePx: 20_000,
  minSidePx: 16,
  /** A JPEG without an end mark is whole from this part of its picture on. */
  wholeFrom: 0.95,
} as const;

/** `Idempotency-Key` of an upload: a client that repeats does so within minutes. */
export const IDEMPOTENCY = { keptS: 24 * 3600, maxKeyLength: 255 } as const;

/** How slowly an upload may arrive: 20 MB at 20 KB/s pass, and so does a pause of a phone that changes its network. */
export const UPLOAD_PACE = { silentMs: 30_000, graceMs: 60_000, bytesPerS: 8 * 1024, totalMs: 1_200_000 } as const;

/** What uploads on their way may hold together: on the disk, and in number. */
export const UPLOAD_SPOOL = { bytes: 512 * 1024 * 1024, forms: 200 } as const;

/** A transaction that stays open: nothing that it could still see is cleared, and nothing behind it is final. */
export const HELD_BACK = {
  /** Every statement of ours is short; a dump of a large database takes this long. */
  toldAfterS: 300,
  lookEveryMs: 10_000,
} as const;

/** What `queue_history` keeps and shows. */
export const HISTORY = {
  /** Widths that are kept, and for how long; a wider step is a multiple of one. */
  kept: [
    { stepS: 60, forS: 3 * 86_400 },
    { stepS: 900, forS: 30 * 86_400 },
    { stepS: 21_600, forS: 1_100 * 86_400 },
  ],
  /** Steps that may be asked for, the smallest first, and from which width each is made. */
  steps: {
    '1m': { stepS: 60, fromS: 60 },
    '5m': { stepS: 300, fromS: 60 },
    '15m': { stepS: 900, fromS: 900 },
    '1h': { stepS: 3_600, fromS: 900 },
    '6h': { stepS: 21_600, fromS: 21_600 },
    '1d': { stepS: 86_400, fromS: 21_600 },
  },
  mostBuckets: 500,
  /** Where no step is asked for, the smallest that gives no more than these. */
  usualBuckets: 200,
  usualS: 86_400,
  /** Waits are counted between these, each a fifth longer than the one before: from 0.1 s to beyond `GIVE_UP_AFTER_S`. */
  waitBoundsMs: Array.from({ length: 84 }, (_, nth) => Math.round(100 * 1.2 ** nth)),
  /** Events that one statement counts, and statements of one round. */
  page: 2_000,
  pages: 20,
} as const;

/** Below this confidence a person must look at the receipt. */
export const REVIEW_BELOW_CONFIDENCE = 0.7;
