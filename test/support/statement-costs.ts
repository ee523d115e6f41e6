import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';

/** A statement that was sent. */
export interface SentStatement {
  readonly text: string;
  /** Rows that came back, or how it failed. */
  readonly returned: number | string;
  /** Rows that the database read from tables for it, by an index or without. */
  readonly read: number;
}

export interface StatementCosts {
  /** Runs `work`, whatever comes of it. @returns the statements that it sends, in order, without those that set up a connection */
  of(work: () => Promise<unknown>): Promise<SentStatement[]>;
  restore(): void;
}

type Send = (this: pg.Client, ...args: unknown[]) => Promise<pg.QueryResult>;

const SETS_UP = /set_config|as direct|^reset /;
const READ_SO_FAR =
  'select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::int as n from pg_stat_xact_user_tables';

/** Counts where the driver sends statements, underneath everything of ours, and only what a call under `of` sends. */
export function statementCosts(): StatementCosts {
  const prototype = pg.Client.prototype as unknown as { query: Send };
  const send = prototype.query;
  const inTransaction = new WeakSet<object>();
  const noted = new AsyncLocalStorage<SentStatement[]>();

  async function readSoFar(client: pg.Client): Promise<number> {
    const { rows } = await send.call(client, READ_SO_FAR);
    return (rows[0] as { n: number }).n;
  }

  /** The counts of a transaction are exact; a statement that stands alone is given one. */
  async function counted(client: pg.Client, args: unknown[], text: string, list: SentStatement[]) {
    const isAlone = !inTransaction.has(client);
    if (isAlone) await send.call(client, 'begin');
    const before = await readSoFar(client);
    try {
      const result = await send.apply(client, args);
      list.push({ text, returned: result.rows.length, read: (await readSoFar(client)) - before });
      if (isAlone) await send.call(client, 'commit');
      return result;
    } catch (error) {
      list.push({ text, returned: String((error as { code?: string }).code), read: 0 });
      if (isAlone) await send.call(client, 'rollback');
      throw error;
    }
  }

  prototype.query = function (...args) {
    const [first] = args;
    const text = typeof first === 'string' ? first : ((first as { text?: string }).text ?? '');
    const list = noted.getStore();
    if (/^begin/.test(text)) inTransaction.add(this);
    if (/^(commit|rollback)$/.test(text)) inTransaction.delete(this);
    if (!list || SETS_UP.test(text)) return send.apply(this, args);
    if (!/^(begin|commit|rollback)/.test(text)) return counted(this, args, text, list);
    list.push({ text, returned: 0, read: 0 });
    return send.apply(this, args);
  };

  return {
    async of(work) {
      const list: SentStatement[] = [];
      await noted.run(list, () => work().catch(() => undefined));
      return list;
    },
    restore() {
      prototype.query = send;
    },
  };
}
