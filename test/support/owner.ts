import type { Principal } from '../../src/contract/principal.ts';

const owner: Principal = {
  tenant: 'default',
  user: 1,
  scopes: new Set(['jobs:read', 'jobs:write', 'queue:admin', 'act_as']),
};

/** A call by the one who owns the receipts of a test and the queue. */
export const asOwner = { principal: owner };
