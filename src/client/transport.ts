import { errorFromProblem } from '../contract/problem.ts';
import { withSignals } from '../contract/signals.ts';
import { queryOf } from './address.ts';
import { notOurs, readJson, unreachable } from './answer.ts';
import type { ClientOptions } from './queue-client.ts';
import type { Answered, Send, Sent } from './send.ts';

export type Transport = ReturnType<typeof createTransport>;

/** Sends to one queue, with its key, and reads what it answers. */
export function createTransport(options: Pick<ClientOptions, 'url' | 'key' | 'fetch'>) {
  const base = options.url.replace(/\/+$/, '');
  const send: Send = options.fetch ?? fetch;
  const authorization = () => {
    const key = typeof options.key === 'function' ? options.key() : options.key;
    return key === undefined ? {} : { authorization: `Bearer ${key}` };
  };

  /** The body of a good answer. @throws AppError what the queue refused, or that it cannot be reached */
  async function request(
    path: string,
    init: Omit<Sent, 'redirect' | 'signal'>,
    limitMs: number,
    signal?: AbortSignal,
    limit: AbortSignal = AbortSignal.timeout(limitMs),
  ): Promise<unknown> {
    let response: Answered;
    let body: unknown;
    try {
      [response, body] = await withSignals([signal, limit], async (either) => {
        const headers = { accept: 'application/json', ...authorization(), ...init.headers };
        const answer = await send(base + path, { ...init, headers, redirect: 'error', signal: either });
        return [answer, await readJson(answer)] as const;
      });
    } catch (error) {
      throw unreachable(base, error, limit.aborted ? limitMs : undefined);
    }
    if (response.ok) return body;
    throw errorFromProblem(body) ?? notOurs(base, response.status);
  }

  /** A good answer as it arrives. @throws AppError */
  async function open(
    path: string,
    accept: string,
    input: object,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const query = queryOf(new Map(Object.entries(input).filter(([, value]) => value !== undefined)));
    try {
      const headers = { accept, ...authorization() };
      const response = await send(base + path + query, { headers, redirect: 'error', signal });
      if (!response.ok) throw errorFromProblem(await readJson(response)) ?? notOurs(base, response.status);
      // Bytes can be iterated over wherever this runs; the types of fetch do not know it.
      return (response.body ?? []) as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw unreachable(base, error, undefined);
    }
  }

  return { base, request, open };
}
