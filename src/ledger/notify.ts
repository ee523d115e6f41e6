import type pg from 'pg';
import { causeText } from '../contract/cause.ts';
import { toAppError } from '../contract/errors.ts';
import { NOTIFY_CHANNEL } from '../contract/names.ts';
import type { Log } from '../ports.ts';
import type { Db } from './db.ts';

/** A connection that does not hear itself in time is replaced. */
const LISTEN_CHECK = { everyMs: 10_000, answerMs: 5_000 } as const;

/** Who should look: `gate` has work to admit, start or cancel; `jobs` changed, for those who wait for one. */
export interface Change {
  readonly gate: boolean;
  /** Ids of subjects, of whatever kind, whose jobs changed; null = any may have. */
  readonly subjects: ReadonlySet<number> | null;
}

export interface Notifier {
  /** Call after the commit. Sends at once when idle, then at most one notification a process and 20 ms. */
  changed(subjects: readonly number[], options?: { gate?: boolean }): void;
  /** @returns a function that ends the subscription */
  subscribe(listener: (change: Change) => void): () => void;
  /**
   * Told of keys and sessions of browsers as they end.
   * @param listener gets the id of one; null: any may have ended
   * @returns a function that ends the subscription
   */
  onEnded(listener: (id: string | null) => void): () => void;
  close(): Promise<void>;
}

const COALESCE_MS = 20;
/** NOTIFY carries at most 8,000 bytes; beyond this many ids the others are told that anything may have changed. */
const MAX_IDS = 500;
const RECONNECT_MS = 1_000;
/** Behind a pooler nothing changes until somebody changes the settings. */
const RECONNECT_POOLED_MS = 60_000;

const quiet: Log = { info() {}, warn() {}, error() {} };

/**
 * NOTIFY inside a transaction serialises all commits behind one lock, so it goes out after the commit, on its own. A
 * lost notification costs time only: every listener also looks by timer.
 * @param check how often the listening connection is asked for a sign of life, and how long it may take
 */
export function createNotifier(
  db: Db,
  log: Log = quiet,
  check: { readonly everyMs: number; readonly answerMs: number } = LISTEN_CHECK,
): Notifier {
  const listeners = new Set<(change: Change) => void>();
  const endListeners = new Set<(id: string | null) => void>();
  const pending = new Set<number>();
  let pendingAny = false;
  let pendingGate = false;
  let timer: NodeJS.Timeout | undefined;
  let lastSentAt = 0;
  let closed = false;
  let listening: pg.Client | undefined;
  /** The end of what was last asked over that connection, which takes one statement at a time. */
  let asked: Promise<unknown> = Promise.resolve();
  let connecting: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let checking: NodeJS.Timeout | undefined;
  let checks = 0;
  /** Checks whose own notification has not arrived. */
  const unheard = new Set<string>();
  let deaf = false;

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
    const sent: Promise<unknown> = listening ? ask(listening, { text, values }) : db.query(text, values);
    sent.catch(() => {});
  }

  function ask(client: pg.Client, statement: pg.QueryConfig): Promise<unknown> {
    const answer = asked.then(() => client.query(statement));
    asked = answer.catch(() => {});
    return answer;
  }

  function deliver(payload: string | undefined): void {
    let change: Change = { gate: true, subjects: null };
    try {
      const { g, r, p, k } = JSON.parse(payload ?? '') as { g: boolean; r: number[] | null; p?: string; k?: string };
      if (p !== undefined) return void unheard.delete(p);
      if (k !== undefined) return void tellEnded(k);
      change = { gate: g, subjects: r === null ? null : new Set(r) };
    } catch {
      // Somebody else's notification on our channel, or a connection that was lost: look at everything.
      tellEnded(null);
    }
    for (const listener of listeners) listener(change);
  }

  function tellEnded(id: string | null): void {
    for (const listener of endListeners) listener(id);
  }

  async function listen(): Promise<void> {
    try {
      const client = await db.connect();
      const lost = () => {
        if (listening !== client) return;
        listening = undefined;
        clearTimeout(checking);
        client.end().catch(() => {});
        // What happened while nobody listened is unknown.
        deliver(undefined);
        scheduleListen(RECONNECT_MS);
      };
      client.on('error', lost);
      client.on('end', lost);
      client.on('notification', (message) => deliver(message.payload));
      await client.query(`listen ${NOTIFY_CHANNEL}`);
      if (closed) return void (await client.end());
      listening = client;
      asked = Promise.resolve();
      if (deaf) log.info({}, 'ledger.listening');
      deaf = false;
      scheduleCheck(client, lost);
    } catch (error) {
      const { code, hint } = toAppError(error);
      if (!deaf) log.warn({ code, cause: causeText(error), hint }, 'ledger.not_listening');
      deaf = true;
      scheduleListen(code === 'pooler_unsupported' ? RECONNECT_POOLED_MS : RECONNECT_MS);
    }
  }

  /** A socket may stay open while nothing comes through it any more: the connection must hear itself. */
  function scheduleCheck(client: pg.Client, lost: () => void): void {
    checking = setTimeout(async () => {
      const id = `${process.pid}-${++checks}`;
      unheard.add(id);
      const ping = {
        text: 'select pg_notify($1, $2)',
        values: [NOTIFY_CHANNEL, JSON.stringify({ p: id })],
        query_timeout: check.answerMs,
      };
      try {
        await ask(client, ping);
        // Its own notifications arrive before the end of a later statement at the latest.
        await ask(client, { ...ping, text: 'select $1::text, $2::text' });
      } catch {
        return lost();
      }
      if (unheard.delete(id)) return lost();
      if (!closed && listening === client) scheduleCheck(client, lost);
    }, check.everyMs);
    checking.unref();
  }

  function scheduleListen(afterMs: number): void {
    if (closed || retry) return;
    retry = setTimeout(() => {
      retry = undefined;
      connecting = listen();
    }, afterMs);
    retry.unref();
  }

  return {
    changed(subjects, { gate = false } = {}) {
      if (closed) return;
      if (subjects.length > MAX_IDS) pendingAny = true;
      else for (const id of subjects) pending.add(id);
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
    onEnded(listener) {
      endListeners.add(listener);
      connecting ??= listen();
      return () => endListeners.delete(listener);
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      clearTimeout(checking);
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
