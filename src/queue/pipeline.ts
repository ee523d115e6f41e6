import { checkInput } from '../contract/check-input.ts';
import type { EventStream } from '../contract/event-stream.ts';
import { type CallKey, calls, type StreamKey, streams } from '../contract/operations.ts';
import { type CallContext, requireScope } from '../contract/principal.ts';
import type { InputOf, OutputOf, QueueApi, QueueStreams, StreamInputOf } from '../contract/queue-api.ts';
import { strip } from '../contract/strip.ts';
import { NO_TELEMETRY, type Telemetry } from '../contract/telemetry.ts';
import type { Db } from '../ledger/db.ts';
import { type Caller, callerOf } from './caller.ts';
import { observed } from './observed.ts';
import type { Call, CalledRow, Stage } from './stage.ts';

const scopeHeld: Stage = async ({ row, context }, next) => {
  requireScope(context.principal, row);
  return next();
};

const inputChecked: Stage = async (call, next) => {
  call.input = checkInput(call.row.input, call.input);
  return next();
};

const callerFound =
  (ledger: Pick<Db, 'as'>): Stage =>
  async (call, next) => {
    call.caller = callerOf(ledger, call.context, call.input.user_id as number | undefined);
    return next();
  };

/** What the row does not name never leaves, whatever a handler has read. */
const answerStripped: Stage = async ({ row }, next) => {
  const answer = await next();
  return row.output === undefined ? answer : strip(row.output, answer);
};

export interface FurtherStages {
  readonly telemetry?: Telemetry | undefined;
  /** Refuses a key that calls too often. */
  readonly rateHeld?: Stage;
  /** Records who did what. */
  readonly audited?: Stage | undefined;
  /** Answers a call whose idempotency key was used before; absent where no call takes a key. */
  readonly byKey?: Stage;
}

/** What happens around every handler, from the outside in. A further stage is a further entry. */
export const stagesOver = (
  ledger: Pick<Db, 'as'>,
  { telemetry = NO_TELEMETRY, rateHeld, audited, byKey }: FurtherStages = {},
): readonly Stage[] => [
  observed(telemetry),
  scopeHeld,
  ...(rateHeld ? [rateHeld] : []),
  inputChecked,
  callerFound(ledger),
  ...(audited ? [audited] : []),
  ...(byKey ? [byKey] : []),
  answerStripped,
];

export type Handler<Input, Output> = (input: Input, caller: Caller) => Promise<Output>;
export type Handlers = { readonly [K in CallKey]: Handler<InputOf<K>, OutputOf<K>> };
/** What a stream tells its handler has stripped: each message is made once for all who are told of it. */
export type StreamHandlers = { readonly [K in StreamKey]: Handler<StreamInputOf<K>, EventStream> };

/** A handler behind its stages. */
export function guarded(
  row: CalledRow,
  handler: Handler<never, unknown>,
  stages: readonly Stage[],
): (input: unknown, context: CallContext) => Promise<unknown> {
  const innermost = (call: Call) => {
    if (!call.caller) throw new Error(`no stage has found the caller of ${row.name}`);
    // Checked by the row of this handler; only the type system cannot follow.
    return handler(call.input as never, call.caller);
  };
  const run = stages.reduceRight<(call: Call) => Promise<unknown>>(
    (inner, stage) => (call) => stage(call, () => inner(call)),
    innermost,
  );
  return (input, context) => run({ row, context, input: input as Call['input'] });
}

/** All handlers behind their stages: the queue that every door is handed. */
export function guardedQueue(handlers: Handlers, stages: readonly Stage[]): QueueApi {
  return Object.fromEntries(
    (Object.keys(calls) as CallKey[]).map((key) => [key, guarded(calls[key], handlers[key], stages)]),
  ) as unknown as QueueApi;
}

/** The streams behind the same stages. */
export function guardedStreams(handlers: StreamHandlers, stages: readonly Stage[]): QueueStreams {
  return Object.fromEntries(
    (Object.keys(streams) as StreamKey[]).map((key) => [key, guarded(streams[key], handlers[key], stages)]),
  ) as unknown as QueueStreams;
}
