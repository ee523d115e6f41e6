import pg from 'pg';

interface Fault {
  readonly text: string;
  /** What the driver throws, this often. */
  readonly error: () => Error;
  times: number;
  /** Before the first refusal. */
  readonly onRefusal?: (() => Promise<void>) | undefined;
}

export interface StatementFaults {
  /** Runs `work`. @returns the statements that it sends, without those that set up a connection */
  record(work: () => Promise<unknown>): Promise<string[]>;
  /**
   * Runs `work`, and refuses one of its statements. In a transaction the server's own is spoiled too, as after any error.
   * @param fault `times`: how often it is refused; default always
   */
  refuse<T>(fault: Omit<Fault, 'times'> & { times?: number }, work: () => Promise<T>): Promise<T>;
  restore(): void;
}

const IS_OURS = /as direct|^rollback/;

/** Puts faults where the driver sends statements, underneath everything of ours. One at a time. */
export function statementFaults(): StatementFaults {
  const prototype = pg.Client.prototype as unknown as { query(...args: unknown[]): unknown };
  const send = prototype.query;
  const inTransaction = new WeakSet<object>();
  let sent: string[] | undefined;
  let fault: Fault | undefined;

  async function refused(client: object, text: string, { error, onRefusal }: Fault): Promise<never> {
    await onRefusal?.();
    if (text === 'commit') await send.call(client, 'rollback');
    else if (inTransaction.has(client)) {
      await Promise.resolve(send.call(client, 'select 1/0')).catch(() => {});
    }
    throw error();
  }

  prototype.query = function (...args: unknown[]) {
    const [first] = args;
    const text = typeof first === 'string' ? first : (first as { text?: string }).text;
    if (text === undefined || (!sent && !fault)) return send.apply(this, args);
    if (sent && !IS_OURS.test(text)) sent.push(text);
    const met = fault?.text === text && fault.times > 0 ? fault : undefined;
    if (met) {
      met.times--;
      const refusal = refused(this, text, met);
      // A query that brings its own callback, as behind a pooler, is told there.
      const callback = (first as { callback?: (error: Error) => void }).callback;
      return callback ? void refusal.catch(callback) : refusal;
    }
    if (text.startsWith('begin')) inTransaction.add(this);
    if (text === 'commit' || text === 'rollback') inTransaction.delete(this);
    return send.apply(this, args);
  };

  return {
    async record(work) {
      sent = [];
      try {
        await work();
        return sent;
      } finally {
        sent = undefined;
      }
    },
    async refuse({ times = Number.POSITIVE_INFINITY, ...rest }, work) {
      fault = { ...rest, times };
      try {
        return await work();
      } finally {
        fault = undefined;
      }
    },
    restore() {
      prototype.query = send;
    },
  };
}
