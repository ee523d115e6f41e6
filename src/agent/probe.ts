import { connect } from 'node:net';
import { causeText } from '../contract/cause.ts';
import { AGENT_CALL } from '../contract/policies.ts';
import type { Log } from '../ports.ts';

export interface AgentProbe {
  /** undefined until the first look. */
  state(): 'ok' | 'down' | undefined;
  start(): void;
  stop(): void;
}

const EVERY_MS = 5_000;

/**
 * Looks whether anybody listens at the agent's address, also while no job is there to find out. A connection is made and
 * closed again: no call, nothing paid.
 */
export function createAgentProbe(url: string, log: Log): AgentProbe {
  const { hostname, port, protocol } = new URL(url);
  const at = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'https:' ? 443 : 80)) };
  let state: 'ok' | 'down' | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function become(next: 'ok' | 'down', error?: unknown): void {
    if (state !== next) {
      if (next === 'down') log.warn({ ...at, cause: causeText(error) }, 'agent.unreachable');
      else log.info(at, 'agent.reachable');
    }
    state = next;
  }

  async function look(): Promise<void> {
    await reached(at).then(
      () => become('ok'),
      (error: unknown) => become('down', error),
    );
    if (!stopped) timer = setTimeout(look, EVERY_MS).unref();
  }

  return {
    state: () => state,
    start() {
      void look();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function reached(at: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(at);
    socket.setTimeout(AGENT_CALL.connectMs, () =>
      socket.destroy(new Error(`no connection in ${AGENT_CALL.connectMs} ms`)),
    );
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
