import { createStore, type Store, useStore } from './store.ts';

const keyIsWanted: Store<boolean> = createStore(false);

/** A call was refused for want of a key: the shell opens the login over the page. */
export function askForKey(): void {
  keyIsWanted.set(true);
}

/** A key was given. */
export function keyIsGiven(): void {
  keyIsWanted.set(false);
}

/** Is a key to be asked for now? */
export function useKeyIsWanted(): boolean {
  return useStore(keyIsWanted);
}
