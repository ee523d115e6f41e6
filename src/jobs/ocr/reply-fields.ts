import { createDoubts } from '../../contract/agent-reply/doubts.ts';
import { isObject, parseJson } from '../../contract/agent-reply/json.ts';
import { type AgentReading, readFields } from '../../contract/agent-reply/read-fields.ts';

/** What a stored reply says, for those who show it. */
export function fieldsOf(reply: { readonly raw: Uint8Array }): AgentReading {
  const value = parseJson(reply.raw);
  return readFields(isObject(value) ? value : {}, createDoubts());
}
