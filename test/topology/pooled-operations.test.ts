import { afterAll, beforeAll, describe } from 'vitest';
import { createQueueClient } from '../../src/client/index.ts';
import { queueApiSuite } from '../client/queue-api.suite.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { type Pooler, startPooler } from '../support/pgbouncer.ts';

let pooler: Pooler;
beforeAll(async () => {
  pooler = await startPooler('transaction');
});
afterAll(() => pooler?.stop());
const http = useHttpQueue({}, {}, (url) => `${pooler.url}${new URL(url).pathname}`);

describe('[P9] behind PgBouncer in transaction mode, over HTTP', () => {
  queueApiSuite(() => ({ queue: createQueueClient({ url: http.current.url }), db: http.current.db }));
});
