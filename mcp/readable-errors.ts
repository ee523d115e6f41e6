import { type JSONRPCMessage, ProtocolErrorCode, type Transport } from '@modelcontextprotocol/server';
import { cleanLine } from '../src/contract/clean-text.ts';

const MAX_CHARS = 200;

/**
 * The SDK answers parameters that its schemas refuse with an internal error and a dump of its library. The parameters are
 * the caller's mistake: this says so, and names the first of them.
 */
export function sendReadableErrors(transport: Transport): void {
  const send = transport.send.bind(transport);
  transport.send = (message, options) => send(readable(message), options);
}

function readable(message: JSONRPCMessage): JSONRPCMessage {
  if (!('error' in message) || message.error.code !== ProtocolErrorCode.InternalError) return message;
  const issue = firstIssue(message.error.message);
  if (issue === undefined) return message;
  const name = (Array.isArray(issue.path) ? issue.path : []).filter((step) => step !== 'params').join('.');
  const text = cleanLine(`${name === '' ? 'params' : name}: ${String(issue.message)}.`, MAX_CHARS);
  return { ...message, error: { code: ProtocolErrorCode.InvalidParams, message: text } };
}

function firstIssue(text: string): { readonly path?: unknown; readonly message: string } | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const [issue] = JSON.parse(text) as { path?: unknown; message?: unknown }[];
    return typeof issue?.message === 'string' ? { path: issue.path, message: issue.message } : undefined;
  } catch {
    return undefined;
  }
}
