import { afterAll, afterEach, expect } from 'vitest';
import { takeFaults } from './log.ts';

/** In every test file: a fault of our own that only a log tells of fails the test during which it came. */
const noFaults = () => expect(takeFaults(), 'faults of our own in the log').toEqual([]);
afterEach(noFaults);
afterAll(noFaults);
