import type { ExtractReply, ExtractRequest } from '../../src/contract/agent.ts';
import type { Agent } from '../../src/ports.ts';
import { bytesOf, replyFor } from './replies.ts';

/** One call of the fake agent, as it sees it. */
export interface SeenCall {
  readonly receiptId: number;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  /** Ends the call. */
  reply(reply?: ExtractReply): void;
  fail(error: Error): void;
}

export interface ScriptedAgent extends Agent {
  readonly calls: SeenCall[];
  /** The next call that nobody has taken yet: waits for it by event. */
  nextCall(): Promise<SeenCall>;
}

/**
 * An agent that a test answers by hand, or at once.
 * @param answer undefined = the test answers through `nextCall`
 */
export function scriptedAgent(answer?: (call: SeenCall, request: ExtractRequest) => void): ScriptedAgent {
  const calls: SeenCall[] = [];
  const untaken: SeenCall[] = [];
  const waiting: ((call: SeenCall) => void)[] = [];
  return {
    calls,
    nextCall() {
      const call = untaken.shift();
      return call ? Promise.resolve(call) : new Promise((resolve) => waiting.push(resolve));
    },
    extract(request, { idempotencyKey, signal }) {
      return new Promise((resolve, reject) => {
        const call: SeenCall = {
          receiptId: request.receipt_id,
          idempotencyKey,
          signal,
          reply: (reply = replyFor(request)) => resolve(bytesOf(reply)),
          fail: reject,
        };
        signal.addEventListener('abort', () => reject(signal.reason));
        calls.push(call);
        if (answer) return answer(call, request);
        const taker = waiting.shift();
        if (taker) taker(call);
        else untaken.push(call);
      });
    },
  };
}
