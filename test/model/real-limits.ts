import type { QueueApi } from '../../src/contract/queue-api.ts';
import { asOwner } from '../support/owner.ts';
import { BUDGET, type LimitOp } from './limits.ts';

/** What operators do about one user. */
export async function setRealLimit(queue: QueueApi, user_id: number, op: LimitOp): Promise<void> {
  const money = { user_id, currency: 'USD', period: 'month' } as const;
  switch (op) {
    case 'pause owner':
      return void (await queue.pauseQueue({ user_id }, asOwner));
    case 'resume owner':
      return void (await queue.resumeQueue({ user_id }, asOwner));
    case 'cap 0':
    case 'cap 1':
      return void (await queue.setCap({ user_id, in_flight: op === 'cap 0' ? 0 : 1 }, asOwner));
    case 'cap off':
      return void (await queue.setCap({ user_id, in_flight: null }, asOwner));
    case 'budget':
      return void (await queue.setBudget({ ...money, amount: String(BUDGET) }, asOwner));
    case 'budget off':
      return void (await queue.removeBudget(money, asOwner));
  }
}
