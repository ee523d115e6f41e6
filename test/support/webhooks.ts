import type { Db } from '../../src/ledger/db.ts';
import { createWebhooks, type Webhooks } from '../../src/webhooks/create-webhooks.ts';
import type { OwnAddress } from '../../src/webhooks/endpoint-rules.ts';
import { testLog } from './log.ts';

/** A process may call loopback receivers; nothing of it listens. */
export const OWN: OwnAddress = { host: '127.0.0.1', port: 1, names: [] };

/** No test asks a resolver: every name is unknown. */
export const noNames = async (name: string): Promise<never> => {
  throw Object.assign(new Error(`${name} is not known`), { code: 'ENOTFOUND' });
};

export const testWebhooks = (deps: { readonly db: Db; readonly ledgerId: string }): Webhooks =>
  createWebhooks({ allowPrivate: true, own: OWN, log: testLog, resolve: noNames, ...deps });
