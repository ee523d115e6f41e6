import { addReceipts } from '../../support/db.ts';
import type { useHttpQueue } from './http-queue.ts';

/** How words about a receipt come to be refused. */
export function reviewRefusals(http: () => ReturnType<typeof useHttpQueue>['current']) {
  const send = (method: string, address: string, body: unknown, headers: Record<string, string> = {}) =>
    http().fetch(address, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const newReceipt = async () => (await addReceipts(http().db, 1))[0] ?? 0;
  return {
    receipt_changed_since: async () =>
      send('PATCH', `/receipts/${await newReceipt()}`, { merchant_name: 'Corner Shop', seen_version: 99 }),
    review_closed: async () => send('POST', `/reviews/${await newReceipt()}`, { confirm: true }),
    async set_by_person() {
      const id = await newReceipt();
      await send('PATCH', `/receipts/${id}`, { merchant_name: 'Corner Shop' });
      return send('PATCH', `/receipts/${id}`, { merchant_name: 'Another' }, { 'pantry-acting': 'assistant' });
    },
  };
}
