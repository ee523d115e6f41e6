import * as z from 'zod';
import type { EventMessage } from './event-message.ts';

/** What a stream of events is sent with. */
export const EVENT_STREAM = {
  /** A reader whose connection was cut comes back after so long. */
  retryMs: 2_000,
  /** Where no event is due, a comment shows that the connection lives, and the reader’s cursor moves on. */
  quietMs: 15_000,
} as const;

const id = z.string().describe('The cursor behind it: pass it as `after` to go on from here.');

const caughtUp = z.object({ type: z.literal('caught_up'), id });

const RESYNC_REASONS = ['cursor_expired', 'cursor_unknown'] as const;
const resync = z.object({
  type: z.literal('resync'),
  id,
  reason: z
    .enum(RESYNC_REASONS)
    .describe(
      'cursor_expired: what follows the cursor is not kept any more; cursor_unknown: it is none of this queue.',
    ),
});
export type Resync = z.infer<typeof resync>;

/** What the stream says of itself; all else in it is an event. */
export const streamNotice = z.discriminatedUnion('type', [caughtUp, resync]);
export type StreamNotice = z.infer<typeof streamNotice>;

/**
 * What a stream tells, one after the other.
 * - an event
 * - `caught_up`, once: all that had happened was told, what follows is new
 * - `resync`: events may be missing here; read the present state anew. The stream goes on from now
 */
export type StreamMessage = EventMessage | StreamNotice;

/** As many messages at a time as there are. It ends without an error when its caller’s signal fires. */
export interface EventStream extends AsyncIterable<readonly StreamMessage[]> {
  /** Behind all that was given. */
  cursor(): string;
}
