import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { cleanLine } from '../src/contract/clean-text.ts';
import { createAnsweredStdio } from './answered-stdio.ts';
import type { ToolDeps } from './call-tool.ts';
import { createMcpServer } from './server.ts';

/** A host that was killed may leave its end of the pipe open in a child of its own: then only the parent tells. */
const PARENT_CHECK_MS = 1_000;

/** Longer than the longest wait of a call: after this, requests that were read before stdin ended stay unanswered. */
const LAST_ANSWERS_MS = 60_000;

/**
 * MCP over this process's stdin and stdout, for one host. Nothing but the protocol is written to stdout.
 * @returns when stdin has ended and what was read is answered, or at once when the host has died, reads no answers any
 *   more, or sent what no host sends
 */
export async function serveRelay(deps: ToolDeps): Promise<void> {
  const { transport, whenDone } = createAnsweredStdio(process.stdin, process.stdout, LAST_ANSWERS_MS);
  const handle = serveStdio(({ era }) => createMcpServer(deps, era), {
    transport,
    onerror: (error) => deps.logger.warn({ reason: cleanLine(error.message, 200) }, 'mcp.message_refused'),
  });
  const reason = await Promise.race([whenDone, whenParentDied()]);
  deps.logger.info({ reason }, 'mcp.host_gone');
  await handle.close();
  // What was written last must have left this process.
  if (reason === 'answered') await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

function whenParentDied(): Promise<'parent_died'> {
  const host = process.ppid;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === host) return;
      clearInterval(timer);
      resolve('parent_died');
    }, PARENT_CHECK_MS);
  });
}
