import { causeText } from '../contract/cause.ts';
import { toAppError } from '../contract/errors.ts';
import { NO_TELEMETRY, type Telemetry } from '../contract/telemetry.ts';
import { WEBHOOKS } from '../contract/webhook-policies.ts';
import { createCursors } from '../feed/cursor.ts';
import type { Db } from '../ledger/db.ts';
import { inTraceOf } from '../ledger/traces.ts';
import { type ClaimedTry, claimTries, claimTry, recordTry } from '../ledger/webhooks/delivery-tries.ts';
import { type Told, tellWebhooks } from '../ledger/webhooks/webhook-events.ts';
import type { Log } from '../ports.ts';
import { createEndpointRules, type EndpointRules, type OwnAddress, type Resolve } from './endpoint-rules.ts';
import { jobOf, messageOf } from './message.ts';
import { createSend, type Send } from './send.ts';
import { signed } from './signing.ts';

/** How long a stop waits for tries under way; those that are broken off are made again. */
const CLOSE_MS = 5_000;

/** What a process does for webhooks. Any number of processes may do it at once. */
export interface Webhooks {
  readonly rules: EndpointRules;
  /** Makes deliveries of events that have become final, page by page. */
  tell(): Promise<Told>;
  /** Begins the tries that are due, as many as there is room for. They go on by themselves, and so do the next. */
  begin(): Promise<void>;
  /** One try now; it answers when that has ended. @returns whether there was room for it */
  tryNow(webhookNo: number, deliveryNo: number): Promise<boolean>;
  /** Resolves when no try of this process is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param deps `db` must see all tenants; `resolve` and `send` in place of the machine's own
 */
export function createWebhooks(deps: {
  readonly db: Db;
  readonly log: Log;
  readonly telemetry?: Telemetry | undefined;
  readonly ledgerId: string;
  readonly allowPrivate: boolean;
  readonly own: OwnAddress;
  readonly resolve?: Resolve;
  readonly send?: Send;
}): Webhooks {
  const { db, log, ledgerId, telemetry = NO_TELEMETRY } = deps;
  const rules = createEndpointRules(deps);
  const send = deps.send ?? createSend(rules);
  const cursors = createCursors(ledgerId);
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  let beginning: Promise<void> | undefined;
  let again = false;
  let closed = false;

  async function attempt(claimed: ClaimedTry): Promise<void> {
    const { webhook_id, url, message_id, body, secrets, at, tries } = claimed;
    const begunAt = performance.now();
    const end = await traced(claimed, (trace) =>
      send({ url, body, headers: { ...signed({ id: message_id, at, body }, secrets), ...trace } }, closing.signal),
    );
    // Broken off by a stop: it was not the endpoint's fault, and counts as lost.
    if (closing.signal.aborted) return;
    const ms = performance.now() - begunAt;
    telemetry.metrics.add('pantry_webhook_tries_total', { outcome: end.error ?? 'delivered' });
    telemetry.metrics.observe('pantry_webhook_try_seconds', {}, ms / 1_000);
    const recorded = await recordTry(db, claimed, { ...end, ms: Math.round(ms) });
    const facts = { webhook_id, message_id, tries, error: end.error, http_status: end.httpStatus };
    if (end.error === null) log.info(facts, 'webhook.delivered');
    else log.warn(facts, recorded?.status === 'disabled' ? 'webhook.disabled' : 'webhook.refused');
  }

  /** The endpoint is told in which trace its event happened: that of the job. */
  function traced<T>(
    { webhook_id, message_id, body }: ClaimedTry,
    work: (headers: Readonly<Record<string, string>>) => Promise<T>,
  ): Promise<T> {
    const job = telemetry.tracing.isOn ? jobOf(body) : undefined;
    if (!job) return work({});
    const facts = { 'pantry.webhook_id': webhook_id, 'pantry.message_id': message_id };
    return inTraceOf(
      { db, tracing: telemetry.tracing },
      job,
      { name: 'webhook', kind: 'client', facts },
      (traceparent) => work(traceparent === undefined ? {} : { traceparent }),
    );
  }

  /** What a try could not write down is made again once it counts as lost. */
  function run(claimed: ClaimedTry): Promise<void> {
    const work = attempt(claimed)
      .catch((error: unknown) => {
        const { code } = toAppError(error);
        log.warn({ webhook_id: claimed.webhook_id, code, cause: causeText(error) }, 'webhook.not_recorded');
      })
      .finally(() => running.delete(work));
    running.add(work);
    return work;
  }

  async function beginDue(): Promise<void> {
    do {
      again = false;
      const room = WEBHOOKS.inProcess - running.size;
      if (closed || room <= 0) return;
      for (const claimed of await claimTries(db, room)) void run(claimed).then(goOn);
    } while (again);
  }

  /** A place is free: at this endpoint, and in this process. */
  function goOn(): void {
    begin().catch((error: unknown) =>
      log.warn({ code: toAppError(error).code, cause: causeText(error) }, 'webhook.waits'),
    );
  }

  function begin(): Promise<void> {
    again = true;
    beginning ??= beginDue().finally(() => {
      beginning = undefined;
    });
    return beginning;
  }

  async function idle(): Promise<void> {
    while (running.size > 0 || beginning !== undefined) await Promise.all([...running, beginning]);
  }

  return {
    rules,
    async tell() {
      let told: Told = { looked: false, deliveries: 0, more: true, unsettled: false };
      for (let pages = 0; told.more && pages < WEBHOOKS.pages && !closed; pages++) {
        const page = await tellWebhooks(db, (event) => messageOf(cursors, event));
        told = { ...page, deliveries: told.deliveries + page.deliveries };
      }
      return told;
    },
    begin,
    async tryNow(webhookNo, deliveryNo) {
      const claimed = await claimTry(db, webhookNo, deliveryNo);
      if (claimed) await run(claimed);
      return claimed !== undefined;
    },
    idle,
    async close() {
      closed = true;
      let patience: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        patience = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([idle(), over]);
      clearTimeout(patience);
      closing.abort();
      await idle();
    },
  };
}
