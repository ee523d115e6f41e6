import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { cleanLine } from '../src/contract/clean-text.ts';
import type { Logger } from './logger.ts';
import type { ToolDeps } from './register.ts';
import { createMcpServer } from './server.ts';

/** A host that was killed may leave its end of the pipe open in a child of its own: then only the parent tells. */
const PARENT_CHECK_MS = 1_000;

/**
 * MCP over this process's stdin and stdout, for one host. Nothing but the protocol is written to stdout.
 * @returns when the host has gone: its end of stdin is closed, or it has died, or it sent what no host sends
 */
export async function serveRelay(deps: ToolDeps): Promise<void> {
  const transport = new StdioServerTransport();
  const handle = serveStdio(() => createMcpServer(deps), {
    transport,
    onerror: (error) => deps.logger.warn({ reason: cleanLine(error.message, 200) }, 'mcp.message_refused'),
  });
  await untilHostIsGone(transport, deps.logger);
  await handle.close();
}

function untilHostIsGone(transport: StdioServerTransport, logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    const host = process.ppid;
    let ended = false;
    const end = (reason: string) => {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      logger.info({ reason }, 'mcp.host_gone');
      resolve();
    };
    const timer = setInterval(() => {
      if (process.ppid !== host) end('parent_died');
    }, PARENT_CHECK_MS);
    // The host closed its end of a pipe, or sent a line of more than 10 MB, after which the SDK reads no more.
    const closed = transport.onclose;
    transport.onclose = () => {
      closed?.();
      end('connection_closed');
    };
  });
}
