import { EVENTS, type EventKind } from './events.ts';

/** Kinds of events that webhooks tell of, with what they call them. */
export const WEBHOOK_TYPE_OF: ReadonlyMap<EventKind, string> = new Map(
  (Object.keys(EVENTS) as EventKind[]).flatMap((kind) => {
    const row = EVENTS[kind];
    return 'webhook' in row ? [[kind, row.webhook] as const] : [];
  }),
);

/** What a webhook may be told of. */
export const WEBHOOK_TYPES = [...WEBHOOK_TYPE_OF.values()];

/** Type of what `test_webhook` sends. */
export const TEST_TYPE = 'webhook.test';
