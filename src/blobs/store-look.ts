import { AppError, isAppError } from '../contract/errors.ts';

/** How the image store is, and since when it is down. */
export interface StoreState {
  readonly state: 'ok' | 'down';
  readonly message: string | null;
  readonly since: Date | null;
}

const OK: StoreState = { state: 'ok', message: null, since: null };
const LOST = 'The image store is another one, or has lost its files: its id file is not what it was at the start.';

/** A look is shared by all who ask within this time. */
const FRESH_MS = 5_000;
const LIMIT_MS = 2_000;

/**
 * Reads the store's id file now and then, so that a store that is away, unmounted or replaced is told before an upload
 * fails.
 * @param store `id` as it was at the start; `idNow` reads it again
 * @returns how the store is, never older than five seconds; it never throws
 */
export function createStoreLook(
  store: { readonly id: string; idNow(): Promise<string | undefined> },
  { now = Date.now, limitMs = LIMIT_MS }: { readonly now?: () => number; readonly limitMs?: number } = {},
): () => Promise<StoreState> {
  let last = OK;
  let at = Number.NEGATIVE_INFINITY;
  let looking: Promise<StoreState> | undefined;

  async function look(): Promise<StoreState> {
    const message = await faultOf(store, limitMs);
    last = message === undefined ? OK : { state: 'down', message, since: last.since ?? new Date(now()) };
    at = now();
    looking = undefined;
    return last;
  }
  return async () => {
    if (now() - at < FRESH_MS) return last;
    looking ??= look();
    return looking;
  };
}

async function faultOf(
  store: { readonly id: string; idNow(): Promise<string | undefined> },
  limitMs: number,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new AppError('storage_unavailable', 'The image store does not answer in time.');
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    return (await Promise.race([store.idNow(), late])) === store.id ? undefined : LOST;
  } catch (error) {
    return isAppError(error) ? error.message : 'The image store cannot be read.';
  } finally {
    clearTimeout(timer);
  }
}
