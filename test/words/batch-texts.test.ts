import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/words/answers.ts';

const accepted = { batch_id: 'batch-1', total: 12, queued: 12, deduplicated: 0, job_ids: [], skipped: [] };
const skipped = [1, 2, 3, 4, 5, 6]
  .map((receipt_id) => ({ receipt_id, code: 'image_missing' }))
  .concat({ receipt_id: 7, code: 'queue_full' });

describe('what a command prints of many jobs', () => {
  it('[Q3] batch enqueue names the receipts that were not queued, by why', () => {
    expect(textOf('enqueueBatchOcr', { ...accepted, skipped, notes: ['More are pending.'] })).toEqual([
      'batch-1: 12 new of 12, 0 already had a job.',
      '  … and 2 more',
      'Not queued, image_missing: receipt 1, 2, 3, 4, 5 and 1 more.',
      'Not queued, queue_full: receipt 7.',
      'More are pending.',
    ]);
    const none = { ...accepted, batch_id: null, total: 0, queued: 0 };
    expect(textOf('enqueueBatchOcr', none)).toEqual(['No receipt is pending.']);
    expect(textOf('enqueueBatchOcr', { ...none, skipped: skipped.slice(6) })).toEqual([
      'No receipt can be queued.',
      'Not queued, queue_full: receipt 7.',
    ]);
  });

  it('[Q14] job wait tells what was waited for from what can still change', () => {
    const answer = { met: true, jobs: [], gone: [], waiting: 0, more: false, batch: null, cursor: 'c' };
    const said = (changes: Partial<typeof answer>) => textOf('waitForJobs', { ...answer, ...changes });
    expect(said({})).toEqual(['None can change any more.', 'Go on: --cursor c']);
    expect(said({ waiting: 2 })[0]).toBe('What was waited for has happened; 2 can still change.');
    expect(said({ met: false, waiting: 2 })[0]).toBe('The time was over; 2 can still change.');
    expect(said({ more: true, waiting: 2 })[0]).toBe('More have ended since: go on at once.');
  });
});
