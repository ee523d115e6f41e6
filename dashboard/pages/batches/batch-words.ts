import type { OutputOf } from '../../../src/contract/queue-api.ts';
import type { ProgressPart } from '../../ui/progress.tsx';
import { plural } from '../../words/text.ts';

type Batch = OutputOf<'getBatch'>;

/** "38 finished, 2 failed": how the members had ended. */
export function outcomeOf(ended: Batch['ended_as']): string {
  if (ended === null) return '';
  const parts = [
    [ended.finished, 'finished'],
    [ended.failed, 'failed'],
    [ended.canceled, 'canceled'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}

/** The parts of the bar; they add up to the total. */
export function partsOf({ progress }: Batch): readonly ProgressPart[] {
  return [
    { word: 'finished', tone: 'finished', count: progress.finished },
    { word: 'failed', tone: 'failed', count: progress.failed },
    { word: 'canceled', tone: 'canceled', count: progress.canceled + progress.gone },
    { word: 'being read', tone: 'started', count: progress.running },
    { word: 'between two tries', tone: 'deferred', count: progress.deferred },
    { word: 'waiting', tone: 'queued', count: progress.waiting },
  ];
}

/** How many members have ended. */
export function doneOf({ progress }: Batch): number {
  return progress.finished + progress.failed + progress.canceled + progress.gone;
}

/** "12 of 40 receipts have ended." */
export function sentenceOf(batch: Batch): string {
  const done = doneOf(batch);
  if (done === batch.total)
    return batch.total === 1 ? 'Its receipt has ended.' : `All ${plural(batch.total, 'receipt')} have ended.`;
  return `${done} of ${plural(batch.total, 'receipt')} ${done === 1 ? 'has' : 'have'} ended.`;
}
