import { useSyncExternalStore } from 'react';

/** A value that lives outside of components, and tells them when it changes. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  subscribe(tell: () => void): () => void;
}

export function createStore<T>(first: T): Store<T> {
  let value = first;
  const told = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const tell of told) tell();
    },
    subscribe(tell) {
      told.add(tell);
      return () => told.delete(tell);
    },
  };
}

/** The present value, in a component. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
