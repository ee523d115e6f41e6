import type pg from 'pg';
import { NOTIFY_CHANNEL } from '../contract/names.ts';
import type { Db } from './db.ts';

/** Who should look: `gate` has work to admit, start or cancel; `jobs` changed, for those who wait for one. */
export interface Change {
  readonly gate: boolean;
  /** Ids of receipts whose jobs changed; null = any may have. */
  readonly receipts: ReadonlySet<number> | null;
}

export interface Notifier {
  /** Call after the commit. Sends at once when idle, then at most one notification a process and 20 ms. */
  changed(receiptIds: readonly number[], options?: { gate?: boolean }): void;
  /** @returns a function that ends the subscription */
  subscribe(listener: (change: Change) => void): () => void;
  close(): Promise<void>;
}

const COALESCE_MS = 20;
/** NOTIFY carries at most 8,000 bytes; beyond this many ids the others are told that anything may have changed. */
const MAX_IDS = 500;
const RECONNECT_MS = 1_000;

/**
 * NOTIFY inside a transaction serialises all commits behind one lock, so it goes out after the commit, on its own. A
 * lost notification costs time only: every listener also looks by timer.
 */
export function createNotifier(db: Db): Notifier {
  const listeners = new Set<(change: Change) => void>();
  const pending = new Set<number>();
  let pendingAny = false;
  let pendingGate = false;
  let timer: NodeJS.Timeout | undefined;
  let lastSentAt = 0;
  let closed = false;
  let listening: pg.Client | undefined;
  let connecting: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;

  function send(): void {
    timer = undefined;
    lastSentAt = Date.now();
    const ids = pendingAny || pending.size > MAX_IDS ? null : [...pending];
    const payload = JSON.stringify({ g: pendingGate, r: ids });
    pending.clear();
    pendingAny = pendingGate = false;
    const text = 'select pg_notify($1, $2)';
    const values = [NOTIFY_CHANNEL, payload];
    // Over the connection that listens, where there is one: the others are for those whose answers are waited for.
    const sent: Promise<unknown> = listening ? listening.query(text, values) : db.query(text, values);
    sent.catch(() => {});
  }

  function deliver(payload: string | undefined): void {
    let change: Change = { gate: true, receipts: null };
    try {
      const { g, r } = JSON.parse(payload ?? '') as { g: boolean; r: number[] | null };
      change = { gate: g, receipts: r === null ? null : new Set(r) };
    } catch {
      // Somebody else's notification on our channel: look at everything.
    }
    for (const listener of listeners) listener(change);
  }

  async function listen(): Promise<void> {
    try {
      const client = await db.connect();
      const lost = () => {
        if (listening !== client) return;
        listening = undefined;
        client.end().catch(() => {});
        // What happened while nobody listened is unknown.
        deliver(undefined);
        scheduleListen();
      };
      client.on('error', lost);
      client.on('end', lost);
      client.on('notification', (message) => deliver(message.payload));
      await client.query(`listen ${NOTIFY_CHANNEL}`);
      if (closed) return void (await client.end());
      listening = client;
    } catch {
      scheduleListen();
    }
  }

  function scheduleListen(): void {
    if (closed || retry) return;
    retry = setTimeout(() => {
      retry = undefined;
      connecting = listen();
    }, RECONNECT_MS);
    retry.unref();
  }

  return {
    changed(receiptIds, { gate = false } = {}) {
      if (closed) return;
      for (const id of receiptIds) pending.add(id);
      if (receiptIds.length > MAX_IDS) pendingAny = true;
      pendingGate ||= gate;
      if (timer) return;
      const waitMs = lastSentAt + COALESCE_MS - Date.now();
      if (waitMs <= 0) send();
      else timer = setTimeout(send, waitMs);
    },
    subscribe(listener) {
      listeners.add(listener);
      connecting ??= listen();
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      if (timer) {
        clearTimeout(timer);
        send();
      }
      await connecting;
      await listening?.end().catch(() => {});
      listening = undefined;
    },
  };
}
