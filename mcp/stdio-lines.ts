import { ProtocolErrorCode, parseJSONRPCMessage } from '@modelcontextprotocol/server';
import { quoted } from '../src/contract/clean-text.ts';
import { dropOddToken } from '../src/contract/progress-token.ts';
import { repeatedKey } from '../src/contract/repeated-key.ts';

/** What becomes of a line from a host. */
export interface ReadLine {
  /** The line as the SDK is handed it; absent: it is handed nothing. */
  readonly line?: Uint8Array;
  /** Answered at once: the SDK drops a line that is not a message, and the host would never get its answer. */
  readonly answer?: object;
}

/** A line from a host, without its end. */
export function readLine(line: Uint8Array): ReadLine {
  // The decoder passes over a byte-order mark, with which some shells begin.
  const text = new TextDecoder().decode(line);
  if (text.trim() === '') return {};
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { answer: refusal(undefined, ProtocolErrorCode.ParseError, 'The line is not valid JSON.') };
  }
  if (Array.isArray(message)) return invalid(undefined, 'Send one message a line, not a list of messages.');
  const repeated = repeatedKey(text);
  if (repeated !== undefined) return invalid(message, `${quoted(repeated)} is given more than once in one object.`);
  const isMended = dropOddToken(message);
  if (!isMessage(message)) {
    // What asks for no answer gets none.
    const asks = typeof message !== 'object' || message === null || 'id' in message;
    return asks ? invalid(message, 'The line is no message of JSON-RPC 2.0.') : {};
  }
  return { line: Buffer.from(isMended ? JSON.stringify(message) : text) };
}

function isMessage(value: unknown): boolean {
  try {
    parseJSONRPCMessage(value);
    return true;
  } catch {
    return false;
  }
}

const invalid = (message: unknown, why: string): ReadLine => ({
  answer: refusal(message, ProtocolErrorCode.InvalidRequest, why),
});

function refusal(message: unknown, code: number, why: string): object {
  const id = typeof message === 'object' && message !== null ? (message as { id?: unknown }).id : undefined;
  const isId = typeof id === 'string' || Number.isSafeInteger(id);
  return { jsonrpc: '2.0', id: isId ? id : null, error: { code, message: why } };
}
