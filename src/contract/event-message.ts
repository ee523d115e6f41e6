import * as z from 'zod';
import { dataSchemaOf, EVENTS, type EventKind } from './events.ts';
import { batchId, time } from './fields.ts';
import { generationIdOf, type JobKey, type State, TRANSITIONS } from './job.ts';
import { strip } from './strip.ts';

const STATES = Object.keys(TRANSITIONS) as [State, ...State[]];

/** What every event has, whatever its type. A newer queue may send types that are not in `EVENTS` here. */
export const eventEnvelope = z.object({
  id: z.string().describe('The cursor behind this event: pass it as `after` to go on from here.'),
  type: z.string(),
  job_id: z.string().nullable().describe('The exact generation: ocr-17.2; null: the event is about no single job.'),
  receipt_id: z.int().nullable().describe('The receipt; of a job of another kind, its subject.'),
  user_id: z.int().nullable().describe('Whose event it is; null: it concerns every user of the tenant.'),
  batch_id: batchId.nullable(),
  state: z.enum(STATES).nullable().describe('status/phase after the event; null where it changed neither.'),
  attempt: z.int().nullable().describe('The call of the agent that it is about; null: about none.'),
  at: time,
  sequence: z.int().describe('Of two events of a receipt, the later one has the higher number.'),
  data: z.record(z.string(), z.unknown()).nullable(),
});

type DataOf<K extends EventKind> = (typeof EVENTS)[K] extends { data: infer S extends z.ZodType } ? z.infer<S> : null;

/** An event as its owner is told of it: the data of a server-sent event, and of a webhook. */
export type EventMessage = {
  [K in EventKind]: Omit<z.infer<typeof eventEnvelope>, 'type' | 'data'> & { type: K; data: DataOf<K> };
}[EventKind];

const messageOf = (kind: EventKind) =>
  eventEnvelope.extend({ type: z.literal(kind), data: dataSchemaOf(kind) ?? z.null() });
const [firstKind, ...otherKinds] = Object.keys(EVENTS) as [EventKind, ...EventKind[]];

/** The exact form of each type that this version knows. */
export const eventMessage = z.discriminatedUnion('type', [messageOf(firstKind), ...otherKinds.map(messageOf)]);

/** An event as the ledger has it. */
export interface RecordedEvent {
  /** Behind this event. */
  readonly cursor: string;
  readonly kind: EventKind;
  readonly job: JobKey | null;
  /** 0: of the whole tenant. */
  readonly userId: number;
  readonly batchId: string | null;
  /** status/phase after it. */
  readonly state: string | null;
  readonly attempt: number | null;
  readonly data: unknown;
  readonly at: Date;
  readonly sequence: number;
}

/** The one wire form of an event. What is not named here, and what the event's kind does not declare, never leaves. */
export function toEventMessage(event: RecordedEvent): EventMessage {
  const { cursor, kind, job, userId, batchId, state, attempt, data, at, sequence } = event;
  const dataSchema = dataSchemaOf(kind);
  const message = {
    id: cursor,
    type: kind,
    job_id: job && generationIdOf(job),
    receipt_id: job?.subject ?? null,
    user_id: userId === 0 ? null : userId,
    batch_id: batchId,
    state,
    attempt,
    at: at.toISOString(),
    sequence,
    data: dataSchema ? strip(dataSchema, data) : null,
  };
  // The ledger writes `data` as the row of its kind declares it; only the type system cannot follow.
  return message as EventMessage;
}
