import type { StreamMessage } from '../contract/event-stream.ts';
import { EVENTS } from '../contract/events.ts';
import { shortTime } from './table.ts';

/** A message of a stream of events in a line, for a person. */
export function streamLine(message: StreamMessage): string {
  switch (message.type) {
    case 'caught_up':
      return 'That is all up to now.';
    case 'resync':
      return `Events may be missing here (${message.reason}): read the present state anew.`;
    default:
      return eventLine(message);
  }
}

type Event = Exclude<StreamMessage, { type: 'caught_up' | 'resync' }>;

function eventLine({ type, at, job_id, batch_id, data }: Event): string {
  const code = data !== null && 'code' in data ? ` (${data.code})` : '';
  // A newer queue may send a type that is not in the table here.
  const says = Object.hasOwn(EVENTS, type) ? EVENTS[type].says : '';
  return `${shortTime(at)}  ${job_id ?? batch_id ?? '–'}  ${type}${code}  ${says}`.trimEnd();
}
