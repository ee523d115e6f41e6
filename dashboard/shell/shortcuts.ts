import { useLocation } from 'wouter';
import { createStore, type Store } from '../api/store.ts';
import { PAGE_ROWS } from '../pages.ts';
import { useKeys } from '../ui/keys.ts';

/** Is the help open? */
export const helpIsOpen: Store<boolean> = createStore(false);

const CONTROLS = 'input, select, button';

function focusFilter(): void {
  const place = document.querySelector<HTMLElement>('[data-filter]');
  const control = place?.matches(CONTROLS) ? place : place?.querySelector<HTMLElement>(CONTROLS);
  control?.focus();
}

/** `g` and a letter goes to a page, `/` to the first filter of the page, `?` to the help. */
export function useShortcuts(): void {
  const [, go] = useLocation();
  useKeys([
    ...PAGE_ROWS.flatMap(([, { path, nav }]) => (nav ? [[`g ${nav.letter}`, () => go(path)] as const] : [])),
    ['/', focusFilter] as const,
    ['?', () => helpIsOpen.set(true)] as const,
    ['Shift+?', () => helpIsOpen.set(true)] as const,
  ]);
}
