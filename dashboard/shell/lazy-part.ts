import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { backoffMs } from '../api/backoff.ts';

/** A server that starts again is back within this many tries. */
const TRIES = 6;

/** A part of the page whose code is loaded when it is first shown, also while the server starts again. */
export function lazyPart<Props>(load: () => Promise<ComponentType<Props>>): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => ({ default: await again(load) }));
}

async function again<T>(load: () => Promise<T>): Promise<T> {
  for (let failures = 0; failures < TRIES; failures += 1) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, backoffMs(failures)));
    }
  }
  return load();
}
