import { setTimeout as pause } from 'node:timers/promises';
import { AUDIT, type AuditEntry } from '../../contract/audit.ts';
import { causeText } from '../../contract/cause.ts';
import { toAppError } from '../../contract/errors.ts';
import { appendAudit } from '../../ledger/access/audit.ts';
import type { Db } from '../../ledger/db.ts';
import type { Log } from '../../ports.ts';
import { coalesceCalls } from '../coalesce-calls.ts';
import type { Stage } from '../stage.ts';
import { entryOf, isAudited, isAwaited } from './entry.ts';

/** Records calls in the audit. */
export interface Audit {
  readonly stage: Stage;
  /** Resolves when nothing waits to be stored. */
  close(): Promise<void>;
}

/**
 * Entries that nobody waits for are gathered for a moment, and all that come while a commit is under way share the next
 * one: a commit of its own for each call would slow down the very calls that do not wait for it.
 * @param deps `db`: open for all tenants, as the chain is one
 */
export function createAudit({ db, log }: { readonly db: Db; readonly log: Log }): Audit {
  const append = coalesceCalls<AuditEntry, true>(
    async (entries) => {
      await store(db, log, entries);
      return entries.map((): true => true);
    },
    { keyOf: (entry) => entry, groupOf: () => 'all', maxItems: AUDIT.maxEntries, maxCalls: 1, isForAll: () => true },
  );
  const waiting = new Set<Promise<unknown>>();
  const gathering = createGathering(AUDIT.gatherMs);

  function record(entry: AuditEntry): Promise<unknown> {
    const stored = gathering
      .ended()
      .then(() => append(entry))
      .finally(() => waiting.delete(stored));
    waiting.add(stored);
    return stored;
  }

  /** What was gathered before goes with it. */
  async function recordNow(entry: AuditEntry): Promise<void> {
    const stored = record(entry);
    gathering.end();
    await stored;
  }

  return {
    async stage(call, next) {
      if (!isAudited(call)) return next();
      const at = new Date();
      const ended = async (outcome: string, answer?: unknown) => {
        const entry = entryOf(call, at, outcome, answer);
        if (isAwaited(call) || waiting.size >= AUDIT.maxWaiting) await recordNow(entry);
        else void record(entry);
      };
      let answer: unknown;
      try {
        answer = await next();
      } catch (error) {
        await ended(toAppError(error).code);
        throw error;
      }
      await ended('ok', answer);
      return answer;
    },
    async close() {
      gathering.end();
      await Promise.all(waiting);
    },
  };
}

interface Gathering {
  /** @returns resolves when the time is over that began with the first who asked, or `end` is called */
  ended(): Promise<void>;
  end(): void;
}

function createGathering(ms: number): Gathering {
  let open: { readonly ended: Promise<void>; readonly early: AbortController } | undefined;
  async function over(early: AbortController): Promise<void> {
    await pause(ms, undefined, { signal: early.signal }).catch(() => {});
    if (open?.early === early) open = undefined;
  }
  function begin() {
    const early = new AbortController();
    return { ended: over(early), early };
  }
  return {
    async ended() {
      open ??= begin();
      await open.ended;
    },
    end() {
      open?.early.abort();
      open = undefined;
    },
  };
}

/** What was done is done, so a ledger that is away is tried again and then named in the log; the caller is answered. */
async function store(db: Db, log: Log, entries: readonly AuditEntry[]): Promise<void> {
  for (let tries = 1; tries <= AUDIT.tries; tries++) {
    try {
      return await appendAudit(db, entries);
    } catch (error) {
      if (tries === AUDIT.tries) {
        const operations = [...new Set(entries.map(({ operation }) => operation))];
        log.error({ entries: entries.length, operations, cause: causeText(error) }, 'audit.not_stored');
        return;
      }
      await pause(AUDIT.retryMs);
    }
  }
}
