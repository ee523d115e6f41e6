/** A process that begins the tries that are due, and is killed in the middle. */
import { createDb } from '../../../src/ledger/db.ts';
import { readLedgerId } from '../../../src/ledger/insight/queue-state.ts';
import { testWebhooks } from '../../support/webhooks.ts';

const db = createDb({ url: process.env.DATABASE_URL ?? '', applicationName: 'doomed sender' });
await testWebhooks({ db, ledgerId: await readLedgerId(db) }).begin();
