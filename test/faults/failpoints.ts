import type { ComposeOptions } from '../../src/compose.ts';
import type { Queryable } from '../../src/ledger/connection/queryable.ts';
import type { Db } from '../../src/ledger/db.ts';
import type { Agent, Engine } from '../../src/ports.ts';

/**
 * Named places where a fault can strike, by what the product says to the database, the engine or the agent there. The
 * product knows nothing of them: they stand between it and the world.
 */
const STATEMENTS = {
  enqueue: 'pantry_queue.accept_ocr',
  admit: 'turn_tenant = t.tenant_id',
  'mark-handed-over': 'handed_over_at = coalesce(j.handed_over_at',
  processing: "set ocr_status = 'processing'",
  begin: "'attempt_started'",
  'store-reply': 'insert into pantry_queue.replies',
  'fail-attempt': "'attempt_failed'",
  save: 'insert into public.receipt_items',
  end: 'with ended as',
  cancel: "else 'cancel_requested' end",
} as const;

export type Failpoint = keyof typeof STATEMENTS | 'start' | 'engine-cancel' | 'call';

export const FAILPOINTS = [...Object.keys(STATEMENTS), 'start', 'engine-cancel', 'call'] as readonly Failpoint[];

/** `before` the work is done, or `after` it, before the caller hears of it. */
export type Moment = 'before' | 'after';

/** Throws, or never returns; returns when nothing is to happen here. */
export type Strike = (point: Failpoint, moment: Moment, receiptId: number | undefined) => Promise<void>;

function pointOf(text: string): Failpoint | undefined {
  for (const [point, fragment] of Object.entries(STATEMENTS)) if (text.includes(fragment)) return point as Failpoint;
  return undefined;
}

/**
 * The first value of our statements that is not a kind of job is a receipt's id, or a list of them: several callers may
 * share a statement.
 */
function receiptsOf(values: readonly unknown[] | undefined): readonly (number | undefined)[] {
  const ids = values?.find((value) => value !== 'ocr');
  return [ids].flat().map((id) => (typeof id === 'number' ? id : undefined));
}

async function around<T>(
  strike: Strike,
  point: Failpoint | undefined,
  receiptIds: readonly (number | undefined)[],
  work: () => Promise<T>,
) {
  if (point === undefined) return work();
  for (const id of receiptIds) await strike(point, 'before', id);
  const result = await work();
  for (const id of receiptIds) await strike(point, 'after', id);
  return result;
}

/** A database and an engine that can be struck. */
export function failpointWrap(strike: Strike): NonNullable<ComposeOptions['wrap']> {
  return {
    db: function wrapped(db: Db): Db {
      const query: Queryable['query'] = (text, values) =>
        around(strike, pointOf(text), receiptsOf(values), () => db.query(text, values));
      return {
        ...db,
        as: (tenant) => wrapped(db.as(tenant)),
        query,
        // `after` a transaction means after its commit, so the point is seen inside and struck outside.
        async transaction(work) {
          let point: Failpoint | undefined;
          const result = await db.transaction((tx) =>
            work({
              ...tx,
              async query(text, values) {
                const here = pointOf(text);
                if (here) {
                  point = here;
                  await strike(here, 'before', undefined);
                }
                return tx.query(text, values);
              },
            }),
          );
          if (point) await strike(point, 'after', undefined);
          return result;
        },
      };
    },
    engine(engine: Engine): Engine {
      const receiptIn = (workflowId: string) => Number(/ocr-(\d+)/.exec(workflowId)?.[1]);
      return {
        ...engine,
        start: (run, options) => around(strike, 'start', [run.subject], () => engine.start(run, options)),
        cancel: (run) => around(strike, 'engine-cancel', [receiptIn(run.workflowId)], () => engine.cancel(run)),
      };
    },
  };
}

export function failpointAgent(strike: Strike, agent: Agent): Agent {
  return {
    extract: (request, options) => around(strike, 'call', [request.receipt_id], () => agent.extract(request, options)),
  };
}

interface Path {
  /** Of the life of a job: points of one stage are recovered from by the same guards. */
  readonly stage: 'acceptance' | 'hand-over' | 'attempt' | 'reply' | 'end' | 'cancel';
  readonly agent: 'reads' | 'fails-once' | 'refuses' | 'hangs';
  readonly ends: 'finished' | 'failed' | 'canceled';
}

/** What a job must do to come by a point, and how it must end whatever strikes there. */
export const PATHS: Readonly<Record<Failpoint, Path>> = {
  enqueue: { stage: 'acceptance', agent: 'reads', ends: 'finished' },
  admit: { stage: 'hand-over', agent: 'reads', ends: 'finished' },
  start: { stage: 'hand-over', agent: 'reads', ends: 'finished' },
  'mark-handed-over': { stage: 'hand-over', agent: 'reads', ends: 'finished' },
  processing: { stage: 'attempt', agent: 'reads', ends: 'finished' },
  begin: { stage: 'attempt', agent: 'reads', ends: 'finished' },
  call: { stage: 'attempt', agent: 'reads', ends: 'finished' },
  'store-reply': { stage: 'reply', agent: 'reads', ends: 'finished' },
  save: { stage: 'reply', agent: 'reads', ends: 'finished' },
  'fail-attempt': { stage: 'end', agent: 'fails-once', ends: 'finished' },
  end: { stage: 'end', agent: 'refuses', ends: 'failed' },
  cancel: { stage: 'cancel', agent: 'hangs', ends: 'canceled' },
  'engine-cancel': { stage: 'cancel', agent: 'hangs', ends: 'canceled' },
};
