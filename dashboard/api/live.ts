/**
 * Events as they happen: one stream a browser. Of all visible tabs one holds the lock, has the stream and passes on what
 * it tells; a hidden tab lets go.
 */
import type { EventMessage } from '../../src/contract/event-message.ts';
import { backoffMs } from './backoff.ts';

export type LiveState = 'connecting' | 'live' | 'reconnecting';

/** What a tab is told, over its own stream or by another tab. */
type Told =
  | { readonly kind: 'event'; readonly event: EventMessage }
  | { readonly kind: 'state'; readonly state: LiveState; readonly atMs: number }
  | { readonly kind: 'resync' }
  | { readonly kind: 'who' };

export interface LiveListener {
  onEvent(event: EventMessage): void;
  /** Events may be missing: everything is asked for again. */
  onGap(): void;
  /** @param atMs until when what was told is complete; of `live`, since when */
  onState(state: LiveState, atMs: number): void;
}

const NAME = 'pantry-queue events';

/** Follows events until the answer is called. */
export function followLive(listener: LiveListener): () => void {
  const channel = new BroadcastChannel(NAME);
  let lastId: string | undefined;
  let letGo: AbortController | undefined;
  let present: Extract<Told, { kind: 'state' }> | undefined;
  /** Has this tab followed before? Then what happened until it follows again is not known without a cursor. */
  let hasFollowed = false;

  function take(told: Told): void {
    if (told.kind === 'event') {
      lastId = told.event.id;
      listener.onEvent(told.event);
    } else if (told.kind === 'resync') listener.onGap();
    else if (told.kind === 'state') {
      if (told.state === 'live') hasFollowed = true;
      listener.onState(told.state, told.atMs);
    }
  }
  function tellAll(told: Told): void {
    if (told.kind === 'state') present = told;
    take(told);
    channel.postMessage(told);
  }
  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.kind !== 'who') return take(data);
    if (present) channel.postMessage(present);
  };

  function join(): void {
    if (letGo) return;
    letGo = new AbortController();
    const { signal } = letGo;
    channel.postMessage({ kind: 'who' } satisfies Told);
    navigator.locks
      .request(NAME, { signal }, () => holdStream(signal, () => ({ lastId, hasFollowed }), tellAll))
      // Let go while it waited for the lock.
      .catch(() => undefined);
  }
  function leave(): void {
    letGo?.abort();
    letGo = undefined;
    present = undefined;
  }
  function followVisibility(): void {
    if (document.hidden) {
      leave();
    } else {
      join();
      // What was told while nobody listened is not known here.
      listener.onGap();
    }
  }
  document.addEventListener('visibilitychange', followVisibility);
  if (!document.hidden) join();
  return () => {
    document.removeEventListener('visibilitychange', followVisibility);
    leave();
    channel.close();
  };
}

/** Has the stream until `signal`; comes back by itself behind the last event. */
function holdStream(
  signal: AbortSignal,
  past: () => { readonly lastId: string | undefined; readonly hasFollowed: boolean },
  tell: (told: Told) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;

    function open(): void {
      const { lastId: after } = past();
      source = new EventSource(after === undefined ? '/events' : `/events?after=${encodeURIComponent(after)}`);
      source.onopen = () => {
        failures = 0;
        const { lastId, hasFollowed } = past();
        if (hasFollowed && lastId === undefined) tell({ kind: 'resync' });
        tell({ kind: 'state', state: 'live', atMs: Date.now() });
      };
      source.onmessage = ({ data }: MessageEvent<string>) => tell({ kind: 'event', event: JSON.parse(data) });
      source.addEventListener('resync', () => tell({ kind: 'resync' }));
      source.onerror = () => {
        tell({ kind: 'state', state: 'reconnecting', atMs: Date.now() });
        // An answer that is no stream (a proxy's 503) ends an EventSource for good; a cut connection does not.
        if (source?.readyState !== EventSource.CLOSED) return;
        source.close();
        timer = setTimeout(open, backoffMs(failures));
        failures += 1;
      };
    }
    open();
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      source?.close();
      resolve();
    });
  });
}
