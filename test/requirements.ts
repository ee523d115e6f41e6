import { doorRequirements } from './requirements/doors.ts';
import { firstHourRequirements } from './requirements/first-hour.ts';
import { guarantees } from './requirements/guarantees.ts';
import { limitRequirements } from './requirements/limits.ts';
import { productionRequirements } from './requirements/production.ts';
import { queueRequirements } from './requirements/queue.ts';
import { receiptRequirements } from './requirements/receipts.ts';
import type { Requirements } from './requirements/requirement.ts';
import { securityRequirements } from './requirements/security.ts';
import { workerRequirements } from './requirements/workers.ts';

/**
 * What the product promises, by id, and the tests that hold it. `requirements.test.ts` fails when a named test is not
 * there, so that a promise cannot lose its proof unnoticed.
 */
export const REQUIREMENTS: Requirements = {
  ...queueRequirements,
  ...workerRequirements,
  ...limitRequirements,
  ...receiptRequirements,
  ...doorRequirements,
  ...securityRequirements,
  ...firstHourRequirements,
  ...guarantees,
  ...productionRequirements,
};
