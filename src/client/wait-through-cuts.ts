import { isCut } from './cut.ts';
import { pause } from './pause.ts';

export interface Waiting<T> {
  /** In all; 0 asks once. */
  readonly seconds: number;
  /** The longest single question. */
  readonly askSeconds: number;
  /** Asks for the present state first, so that there is something to tell. */
  readonly looksFirst?: boolean;
  readonly isOver: (answer: T) => boolean;
  readonly onAnswer?: (answer: T) => void;
  /** An answer was lost; the question is asked again as long as time is left. */
  readonly onCut?: (error: unknown) => void;
  readonly signal?: AbortSignal | undefined;
}

const AFTER_CUT_MS = 250;
const MAX_PAUSE_MS = 2_000;
/** Less than this is not worth another question. */
const TAIL_MS = 500;

type Asked<T> = { readonly answer: T } | { readonly againInMs: number };

/**
 * Waits for something by asking again and again with the time that is left, through cut connections, proxies and
 * restarts of the queue.
 * @param ask waits at most so many whole seconds for the end, and answers with the state then
 * @returns the last answer, also when the time is over or the caller has gone
 * @throws what the last question failed with, when no time is left to ask again or asking again is no use
 */
export async function waitThroughCuts<T>(ask: (seconds: number) => Promise<T>, waiting: Waiting<T>): Promise<T> {
  const { askSeconds, isOver, onAnswer, onCut, signal } = waiting;
  const endsAt = Date.now() + waiting.seconds * 1_000;
  const leftMs = () => endsAt - Date.now();
  let looks = waiting.looksFirst ?? false;
  let cuts = 0;

  async function askOnce(): Promise<Asked<T>> {
    const seconds = looks ? 0 : Math.max(0, Math.min(askSeconds, Math.round(leftMs() / 1_000)));
    const askedAt = Date.now();
    try {
      const answer = await ask(seconds);
      onAnswer?.(answer);
      if (isOver(answer) || leftMs() < TAIL_MS || signal?.aborted) return { answer };
      cuts = 0;
      // Long before its time: the queue that answered is about to stop.
      const isEarly = !looks && Date.now() - askedAt < seconds * 1_000 - TAIL_MS;
      looks = false;
      return { againInMs: isEarly ? AFTER_CUT_MS : 0 };
    } catch (error) {
      const againInMs = Math.min(MAX_PAUSE_MS, AFTER_CUT_MS * 2 ** cuts);
      cuts += 1;
      if (!isCut(error) || signal?.aborted || leftMs() < Math.max(againInMs, TAIL_MS)) throw error;
      onCut?.(error);
      return { againInMs };
    }
  }

  let asked = await askOnce();
  while ('againInMs' in asked) {
    if (asked.againInMs > 0) await pause(asked.againInMs, signal);
    asked = await askOnce();
  }
  return asked.answer;
}
