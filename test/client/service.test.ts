import { describe } from 'vitest';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { queueApiSuite } from './queue-api.suite.ts';

describe('the service itself', () => {
  const http = useHttpQueue();
  queueApiSuite(() => ({ queue: http.current.queue, db: http.current.db }));
});
