import { quoted } from '../contract/clean-text.ts';
import { isAppError } from '../contract/errors.ts';
import { LIMITS } from '../contract/policies.ts';
import type { Principal } from '../contract/principal.ts';
import { dropOddToken } from '../contract/progress-token.ts';
import { repeatedKey } from '../contract/repeated-key.ts';
import { goneSignalOf } from './body.ts';
import { holdsMoreValues, readAtMost, tooManyValues } from './read-json.ts';
import type { Call } from './route.ts';

/** @throws AppError; the app answers with its problem document */
export type McpHandler = (request: Request, principal: Principal) => Promise<Response>;

/** Longer is no name of ours; the library would repeat it in its answer. */
const MAX_NAME = 200;

/**
 * Hands a request to MCP once its body has arrived and is known to be small: the library behind it reads bodies whole,
 * looks at every value, and repeats names.
 */
export async function handMcp(call: Call, principal: Principal, mcp: McpHandler): Promise<Response> {
  const { raw } = call.req;
  if (raw.method !== 'POST') return mcp(raw, principal);
  try {
    const bytes = await readAtMost(call, LIMITS.mcpBytes);
    const read = readMessage(bytes);
    if (read instanceof Response) return read;
    const body = read as Uint8Array<ArrayBuffer>;
    const headers = new Headers(raw.headers);
    return await mcp(new Request(raw.url, { method: 'POST', headers, body, signal: goneSignalOf(call) }), principal);
  } catch (error) {
    if (isAppError(error) && error.code === 'body_too_large') return rpcError(413, error.message);
    throw error;
  }
}

/** @returns what the library is handed, or the answer where it is handed nothing */
function readMessage(bytes: Uint8Array): Uint8Array | Response {
  const text = new TextDecoder().decode(bytes);
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    // What is no JSON the library refuses in the words of the protocol.
    return bytes;
  }
  if (holdsMoreValues(message, LIMITS.mcpValues)) return rpcError(413, tooManyValues(LIMITS.mcpValues).message);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) return rpcError(400, `${quoted(repeated)} is given more than once in one object.`);
  const messages = Array.isArray(message) ? message : [message];
  const long = messages.flatMap(namesOf).find((name) => typeof name === 'string' && name.length > MAX_NAME);
  if (long !== undefined) return rpcError(400, `An id or a name has more than ${MAX_NAME} characters.`);
  const isMended = messages.map(dropOddToken).includes(true);
  return isMended ? Buffer.from(JSON.stringify(message)) : bytes;
}

/** What answers repeat. */
function namesOf(message: unknown): unknown[] {
  const { id, method, params } = fieldsOf(message);
  const { name, uri, protocolVersion } = fieldsOf(params);
  return [id, method, name, uri, protocolVersion];
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function rpcError(status: number, message: string): Response {
  const body = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message } });
  return new Response(body, { status, headers: { 'content-type': 'application/json' } });
}
