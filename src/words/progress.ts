import type { Batch } from '../contract/operations/batches.ts';
import { durationText } from './duration.ts';

const BAR_WIDTH = 20;

/** `████████░░░░`: how much of it is done. */
export function bar(done: number, total: number, columns = BAR_WIDTH): string {
  const filled = total <= 0 ? 0 : Math.min(columns, Math.floor((done / total) * columns));
  return '█'.repeat(filled) + '░'.repeat(columns - filled);
}

/** A batch that is under way, in a line that is written over: what counts most stands first. */
export function batchBar({ total, progress, eta_s }: Batch): string {
  const { finished, failed, canceled, gone } = progress;
  const ended = finished + failed + canceled + gone;
  const parts = [
    `${bar(ended, total)} ${ended}/${total}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(canceled === 0 ? [] : [`${canceled} canceled`]),
    ...(progress.running === 0 ? [] : [`${progress.running} running`]),
    ...(eta_s === null ? [] : [`about ${durationText(eta_s)} left`]),
  ];
  return parts.join(' · ');
}
