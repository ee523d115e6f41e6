import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { EventMessage } from '../../src/contract/event-message.ts';
import type { RouteKey } from '../api/call.ts';
import { followLive, type LiveState } from '../api/live.ts';
import { touchedBy } from '../api/queries.ts';
import { createStore, useStore } from '../api/store.ts';

/** How the page stands to what happens. */
export interface LiveStatus {
  readonly state: LiveState | 'held';
  /** Of `reconnecting`: when the line was lost; of `held`: when the reader stopped updates. */
  readonly sinceMs: number;
}

const status = createStore<LiveStatus>({ state: 'connecting', sinceMs: Date.now() });
const held = createStore(false);
const heldSinceMs = createStore(0);
/** When the latest answer came, in whole seconds. */
const answeredS = createStore(0);
const listeners = new Set<(event: EventMessage) => void>();

/** Answers are asked for again at most this often, however much happens. */
const GATHER_MS = 500;

/** How the page stands to what happens now. */
export function useLiveStatus(): LiveStatus {
  const now = useStore(status);
  const sinceMs = useStore(heldSinceMs);
  return useStore(held) ? { state: 'held', sinceMs } : now;
}

/** When the queue answered last; undefined before its first answer. */
export function useAnsweredMs(): number | undefined {
  const seconds = useStore(answeredS);
  return seconds === 0 ? undefined : seconds * 1_000;
}

/** Has the reader stopped updates? */
export function useHeld(): readonly [boolean, (hold: boolean) => void] {
  return [
    useStore(held),
    (hold) => {
      heldSinceMs.set(Date.now());
      held.set(hold);
    },
  ];
}

/** Each event, for a page that changes what it has instead of asking again. */
export function useEvents(onEvent: (event: EventMessage) => void): void {
  useEffect(() => {
    listeners.add(onEvent);
    return () => void listeners.delete(onEvent);
  }, [onEvent]);
}

/** Follows events while the app is open, and asks again for what they make old. */
export function useLive(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const old = new Set<RouteKey>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer = undefined;
      if (held.get()) return;
      for (const key of old) void queries.invalidateQueries({ queryKey: [key] });
      old.clear();
    };
    const stopHolding = held.subscribe(() => {
      if (!held.get()) refresh();
    });
    const stopWatching = queries.getQueryCache().subscribe((told) => {
      if (told.type === 'updated' && told.action.type === 'success') answeredS.set(Math.floor(Date.now() / 1_000));
    });
    const leave = followLive({
      onEvent(event) {
        for (const key of touchedBy(event.type)) old.add(key);
        timer ??= setTimeout(refresh, GATHER_MS);
        for (const tell of listeners) tell(event);
      },
      onGap() {
        void queries.invalidateQueries();
      },
      onState(state, atMs) {
        const before = status.get();
        if (before.state !== state) status.set({ state, sinceMs: atMs });
      },
    });
    return () => {
      clearTimeout(timer);
      stopHolding();
      stopWatching();
      leave();
    };
  }, [queries]);
}
