import { KEY_SCOPES } from '../../src/contract/access-policies.ts';
import type { Principal } from '../../src/contract/principal.ts';

/** As the one of a machine that asks for no key. */
const owner: Principal = {
  tenant: 'default',
  user: 1,
  scopes: new Set(KEY_SCOPES),
};

/** A call by the one who owns the receipts of a test and the queue. */
export const asOwner = { principal: owner };
