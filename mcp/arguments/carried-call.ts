import type { JSONRPCMessage } from '@modelcontextprotocol/server';

/**
 * The SDK refuses arguments that are not an object before any handler runs, with its library's own text, which no
 * model can mend. So a call is wrapped when it arrives, and the handler reads what was really sent.
 */

interface SentCall {
  /** Empty when the call named no tool. */
  readonly name: string;
  readonly arguments: unknown;
}

const PLACE = 'sent';

/** Wraps the arguments of a `tools/call` in place: the SDK passes the same message on to its own checks. */
export function carryCall(message: JSONRPCMessage): void {
  if (!('method' in message) || message.method !== 'tools/call' || !('id' in message)) return;
  const params: Record<string, unknown> = { ...message.params };
  const name = typeof params.name === 'string' ? params.name : '';
  message.params = { ...params, name, arguments: { [PLACE]: params.arguments } };
}

/** The call as it was sent. */
export function sentCall(params: { name: string; arguments?: Record<string, unknown> | undefined }): SentCall {
  return { name: params.name, arguments: params.arguments?.[PLACE] };
}
