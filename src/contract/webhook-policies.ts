const DAY_S = 86_400;

/** Webhooks: how events are sent to the endpoints of users. */
export const WEBHOOKS = {
  ofUser: 20,
  ofTenant: 1_000,
  url: 2_000,
  description: 200,
  /** Ports of public endpoints. */
  ports: [443, 8443],
  /** Tries under way at one endpoint, over all processes; and in one process, to all endpoints together. */
  atOnce: 4,
  inProcess: 64,
  /** Pauses after the first, second, … try that failed. The last try comes just before `triedForS` has passed. */
  backoffS: [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 57_600, 86_400],
  jitter: 0.1,
  triedForS: 3 * DAY_S,
  /** After so many failures in a row an endpoint gets one try at a time, with these pauses in between. */
  troubledAfter: 5,
  probes: { firstS: 5, maxS: 60 },
  /** `Retry-After` of an endpoint is believed between these. */
  retryAfterS: { min: 1, max: 3_600 },
  /** Failing for longer, a webhook is a problem in `queue_info`. */
  problemAfterS: 600,
  /** One try: connecting, the first byte of the answer, and all of it. A try that nobody ends counts as lost. */
  connectMs: 5_000,
  headersMs: 10_000,
  totalMs: 15_000,
  lookupMs: 3_000,
  lostAfterMs: 30_000,
  /** What is kept of an answer. */
  answerBytes: 4 * 1024,
  /** The secret before stays valid for this long. */
  oldSecretS: DAY_S,
  /** How old a message may be that a receiver takes. */
  toleranceS: 300,
  /** Deliveries that have ended are kept for this long. */
  keptS: 7 * DAY_S,
  /** Deliveries that one call sends again. */
  redelivered: 1_000,
  /** Events that one statement looks at, and statements of one round. */
  page: 500,
  pages: 20,
  /** While transactions are under way that may still write before what was read. */
  unsettledMs: 50,
} as const;

/** How one webhook stands. */
export const WEBHOOK_STATUSES = ['active', 'paused', 'disabled'] as const;

/** What has become of a delivery so far. */
export const OUTCOMES = ['open', 'delivered', 'failed'] as const;
export type DeliveryOutcome = (typeof OUTCOMES)[number];

/** How one delivery stands: an open one waits, or is being sent. */
export const DELIVERY_STATUSES = ['waiting', 'sending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What kept a try from being taken; `http_status` with the number beside it. */
export const DELIVERY_ERRORS = {
  address_refused: 'The address is not one that webhooks may be sent to.',
  not_found: 'The name of the host is not known.',
  not_reached: 'The endpoint cannot be reached.',
  tls: 'The endpoint’s certificate is not valid.',
  timeout: 'The endpoint did not answer in time.',
  broken: 'The connection broke before the answer.',
  redirect: 'The endpoint answered with a redirect, which is not followed.',
  gone: 'The endpoint answered that it is gone (HTTP 410).',
  http_status: 'The endpoint did not answer with 2xx.',
  lost: 'The process that sent it has died.',
  gave_up: 'It was not taken within three days.',
} as const;
export type DeliveryError = keyof typeof DELIVERY_ERRORS;
