import type { OutputOf } from '../contract/queue-api.ts';

/** That a cancel came for the second time; nothing for the first. */
export function canceledBeforeText({ already_canceled, status }: OutputOf<'cancelJob'>): string[] {
  if (!already_canceled) return [];
  return [`${status === 'canceled' ? 'It was canceled' : 'A cancel was asked for'} before; nothing has changed now.`];
}
