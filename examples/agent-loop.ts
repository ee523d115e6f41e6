/**
 * An agent's loop over MCP: call a tool, read the answer, do what the answer says is next, until there is an end.
 * A model would choose the calls; here the few lines of `next` do, so that it runs without one.
 *
 *   node --import tsx examples/agent-loop.ts 17
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

interface Answer {
  readonly isError?: boolean;
  readonly structuredContent?: Readonly<Record<string, unknown>>;
}
interface Call {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

const url = process.env.PANTRY_QUEUE_URL ?? 'http://127.0.0.1:8000';
const client = new Client({ name: 'agent-loop', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url)));

const receipt = Number(process.argv[2]);
const MAX_TURNS = 10;

/** What the model would answer with. */
function next(last: Answer | undefined): Call | undefined {
  if (last === undefined) return { name: 'enqueue_ocr', arguments: { receipt_id: receipt } };
  const { status, job_id } = last.structuredContent ?? {};
  if (last.isError || job_id === undefined) return undefined;
  if (status === 'finished' || status === 'failed' || status === 'canceled') return undefined;
  return { name: 'get_job_status', arguments: { job_id, wait_seconds: 30 } };
}

let answer: Answer | undefined;
for (let turn = 0; turn < MAX_TURNS; turn++) {
  const call = next(answer);
  if (call === undefined) break;
  answer = (await client.callTool(call)) as Answer;
  console.log(call.name, JSON.stringify(answer.structuredContent?.status ?? answer.structuredContent));
}
const read = (await client.callTool({ name: 'get_receipt', arguments: { receipt_id: receipt } })) as Answer;
console.log(JSON.stringify(read.structuredContent));
await client.close();
