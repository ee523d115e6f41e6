import { AppError } from '../contract/errors.ts';

/** What the store has said, taken out of the errors of its client. */
export interface Refusal {
  readonly status: number | undefined;
  /** Its own word, as `NoSuchBucket`; or of the network, as `ECONNREFUSED`. */
  readonly code: string | undefined;
}

/** @param error as the client throws it, which wraps some errors in others */
export function refusalOf(error: unknown): Refusal {
  let link: unknown = error;
  for (let depth = 0; depth < 4 && link instanceof Error; depth++) {
    const { status, code, name } = link as Error & { status?: unknown; code?: unknown };
    const word = typeof code === 'string' ? code : name === 'TimeoutError' ? name : undefined;
    if (typeof status === 'number') return { status, code: word };
    if (word !== undefined) return { status: undefined, code: word };
    link = link.cause;
  }
  return { status: undefined, code: undefined };
}

const FULL: ReadonlySet<string> = new Set([
  ...['InsufficientStorage', 'QuotaExceeded', 'ServiceQuotaExceeded', 'XMinioStorageFull'],
  ...['XMinioAdminBucketQuotaExceeded', 'ENOSPC', 'EDQUOT'],
]);

const TIMEOUTS: ReadonlySet<string> = new Set([
  ...['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'TimeoutError', 'ETIMEDOUT'],
]);

/** What a person must put right, by the store's word for it. */
const SETUP: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'The S3 store does not know this S3_ACCESS_KEY_ID.',
  SignatureDoesNotMatch: 'The S3 store refuses the signature: S3_SECRET_ACCESS_KEY is wrong.',
  AccessDenied: 'The S3 store gives this key too few rights: it needs to get, put, delete and list in IMAGE_BUCKET.',
  NoSuchBucket: 'The S3 store has no bucket of the name in IMAGE_BUCKET.',
  RequestTimeTooSkewed: 'The S3 store refuses the time of this machine: its clock is wrong.',
  AuthorizationHeaderMalformed: 'The S3 store is of another region than S3_REGION.',
  PermanentRedirect: 'The bucket is at another address or region than S3_ENDPOINT and S3_REGION say.',
  TemporaryRedirect: 'The bucket is at another address or region than S3_ENDPOINT and S3_REGION say.',
};

/** Where the store says nothing more than a status, as it does to a question without a body. */
const BY_STATUS: Readonly<Record<number, keyof typeof SETUP>> = {
  301: 'PermanentRedirect',
  307: 'TemporaryRedirect',
  401: 'AccessDenied',
  403: 'AccessDenied',
};

/** Might the same call do better at once? One that has waited for its time-out has waited enough. */
export function isPassing(error: unknown): boolean {
  const { status, code } = refusalOf(error);
  if (code !== undefined && (FULL.has(code) || TIMEOUTS.has(code))) return false;
  if (status === undefined) return code !== undefined;
  return (
    status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 507) || code === 'BadDigest'
  );
}

/** @returns the same as a row of the error table; what is no fault of the store stays as it is */
export function storageError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { status, code } = refusalOf(error);
  if (status === undefined && code === undefined) return error;
  if (status === 507 || (code !== undefined && FULL.has(code))) {
    return new AppError('storage_full', 'The image store has no room left.', { retryAfterS: 60, cause: error });
  }
  return unavailable(saying(status, code), error);
}

/** The store cannot be used now, or not as it is set up. */
export const unavailable = (message: string, cause?: unknown): AppError =>
  new AppError('storage_unavailable', message, { retryAfterS: 5, cause });

function saying(status: number | undefined, code: string | undefined): string {
  const setup = SETUP[code ?? ''] ?? SETUP[BY_STATUS[status ?? 0] ?? ''];
  if (setup !== undefined) return setup;
  if (code !== undefined && TIMEOUTS.has(code)) return 'The S3 store does not answer in time.';
  if (status === undefined) return 'The S3 store cannot be reached.';
  if (status < 400) return 'What answers at S3_ENDPOINT is no S3 store.';
  return `The S3 store fails (HTTP ${status}).`;
}
