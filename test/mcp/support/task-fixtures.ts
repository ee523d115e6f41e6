import { serve } from '@hono/node-server';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { callTool, type ToolDeps } from '../../../mcp/call-tool.ts';
import { createQueueTasks, orTask } from '../../../mcp/queue-tasks.ts';
import { declaresTasks, serveTasks, TASKS } from '../../../mcp/tasks.ts';
import { addReceipts } from '../../support/db.ts';
import { failOne } from '../../support/failed-jobs.ts';
import type { GateBench } from '../../support/gate.ts';
import type { readingsOf } from '../../support/readings.ts';
import { createTestLogger, PRINCIPAL } from './servers.ts';

/** The most that a fixture of the suite takes; what should take longer is canceled first. */
const MAX_SECONDS = 5;

const INPUT = { type: 'object' } as const;

/**
 * A server with the tools that the official suite calls by name, over the queue's own tasks: behind each name a receipt is
 * queued, and read, or failed, when the suite wants it to end.
 */
export async function serveTaskFixtures(bench: GateBench, { read }: Pick<ReturnType<typeof readingsOf>, 'read'>) {
  const deps: ToolDeps = { queue: bench.queue, principal: PRINCIPAL, logger: createTestLogger() };
  const timers = new Set<NodeJS.Timeout>();
  const faults: unknown[] = [];

  /** How each fixture goes on when its receipt is queued. */
  const fixtures: Readonly<Record<string, (receipt: number, args: Record<string, unknown>) => Promise<void>>> = {
    async slow_compute(receipt, { seconds }) {
      if (Number(seconds) > MAX_SECONDS) return;
      const end = () => void read(receipt).catch((error: unknown) => faults.push(error));
      timers.add(setTimeout(end, Number(seconds) * 1_000));
    },
    failing_job: (receipt) => failOne(bench.db, receipt),
  };

  const handler = createMcpHandler(() => {
    const mcp = new McpServer(
      { name: 'fixtures', version: '1' },
      { capabilities: { tools: { listChanged: false }, extensions: { [TASKS]: {} } } },
    );
    const { server } = mcp;
    server.setRequestHandler('tools/list', () => ({
      tools: ['greet', ...Object.keys(fixtures)].map((name) => ({ name, inputSchema: INPUT })),
    }));
    server.setRequestHandler('tools/call', async ({ params: { name, arguments: args = {} } }, context) => {
      const goOn = fixtures[name];
      if (!goOn) return { content: [{ type: 'text', text: `Hello, ${args.name}!` }] };
      const [receipt_id = 0] = await addReceipts(bench.db, 1);
      const result = await callTool('enqueue_ocr', { receipt_id }, context, deps);
      const answer = declaresTasks(context) ? await orTask('enqueue_ocr', result, context, deps) : result;
      await goOn(receipt_id, args);
      return answer;
    });
    serveTasks(server, createQueueTasks(deps));
    return mcp;
  });

  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((resolve) => {
    const started = serve({ fetch: (request) => handler.fetch(request), port: 0, hostname: '127.0.0.1' }, (info) =>
      resolve({ server: started, port: info.port }),
    );
  });
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    faults,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await handler.close();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
