import { createStore, type Store } from '../api/store.ts';

/** What is told, until the place of toasts has taken it. */
export interface Told {
  readonly title: string;
  readonly text: string | undefined;
}

export const told: Store<readonly Told[]> = createStore<readonly Told[]>([]);

/** Tells what has been done, for some seconds; what went wrong is shown where it was pressed, never here. */
export function tell(title: string, text?: string): void {
  told.set([...told.get(), { title, text }]);
}
