import type { RefObject } from 'react';
import { useKeys } from './keys.ts';

/** `j`, `k` and the arrows move from card to card of a list; the first link in a card has the focus then, so `Enter` opens it. */
export function useListKeys(list: RefObject<HTMLElement | null>): void {
  const move = (by: number) => {
    const cards = [...(list.current?.children ?? [])];
    const from = cards.findIndex((card) => card.contains(document.activeElement));
    const to = cards[Math.min(cards.length - 1, Math.max(0, from + by))];
    to?.querySelector<HTMLElement>('a, button')?.focus();
  };
  useKeys([
    ['j', () => move(1)],
    ['k', () => move(-1)],
    ['ArrowDown', () => move(1)],
    ['ArrowUp', () => move(-1)],
  ]);
}
