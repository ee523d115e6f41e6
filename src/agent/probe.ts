import { Agent as Connections, request } from 'undici';
import { AGENT_PROBE } from '../contract/breaker-policy.ts';
import { causeText } from '../contract/cause.ts';
import type { Log } from '../ports.ts';

export interface AgentProbe {
  /** What is wrong, in a sentence; null while the agent is well, undefined until it is known. */
  trouble(): string | null | undefined;
  /** A call was answered: for a while that counts for more than a health check that is not. */
  answered(): void;
  start(): void;
  stop(): Promise<void>;
}

/** What a request met that got no answer: the first row that matches the error's code. */
const UNANSWERED: readonly (readonly [RegExp, string])[] = [
  [/TIMEOUT|ABORT/i, 'The OCR agent takes connections and does not answer.'],
  [/UND_ERR_SOCKET|ECONNRESET|EPIPE/, 'The OCR agent closes connections without an answer.'],
  [/^HPE_|HTTPParserError/, 'Another program answers at the address of the OCR agent: it does not speak HTTP.'],
];
type AgentProbeTimes = { readonly [Name in keyof typeof AGENT_PROBE]: number };

const UNREACHED = 'The OCR agent cannot be reached.';
const UNCONNECTED = /UND_ERR_CONNECT_TIMEOUT/;

/**
 * Asks the agent for its health, also while no job is there to find out: `GET {AGENT_URL}/readyz`, which is no reading
 * and costs nothing. An agent without such a route is well when it answers at all.
 * @param deps `isBusy`: a call of ours is under way; an agent that does one thing at a time answers nothing else then.
 *   `mayLook`: while the agent is away the processes share a pace. `onLook`: what a check found; returns whether the next
 *   one should be soon
 */
export function createAgentProbe(
  url: string,
  deps: {
    log: Log;
    isBusy: () => boolean;
    onChange: () => void;
    mayLook?: () => Promise<boolean>;
    onLook?: (agent: { readonly isWell: boolean; readonly isTold: boolean }) => boolean;
  },
  { everyMs, troubledMs, answerMs, busyMs }: Omit<AgentProbeTimes, 'settleMs'> = AGENT_PROBE,
): AgentProbe {
  const address = healthAddress(url);
  // Shorter than the whole, so that a host that is not there is told from one that is silent.
  const connections = new Connections({ connect: { timeout: answerMs / 2 } });
  let trouble: string | null | undefined;
  /** Since the agent last answered anything. */
  let silentSince: number | undefined;
  let hasRead = false;
  let isInDoubt = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function become(next: string | null, error?: unknown): void {
    if (next === trouble) return;
    trouble = next;
    const at = { host: address.host, ...(next === null ? {} : { message: next, cause: causeText(error) }) };
    if (next === null) deps.log.info(at, 'agent.reachable');
    else deps.log.warn(at, 'agent.unreachable');
    deps.onChange();
  }

  async function look(): Promise<void> {
    if ((await deps.mayLook?.()) ?? true) {
      const isWell = await lookNow();
      isInDoubt = deps.onLook?.({ isWell, isTold: typeof trouble === 'string' }) ?? false;
    }
    const isSoon = isInDoubt || (deps.mayLook && trouble !== null);
    if (!stopped) timer = setTimeout(look, isSoon ? troubledMs : everyMs).unref();
  }

  /** @returns whether it was answered, and the agent is well */
  async function lookNow(): Promise<boolean> {
    try {
      const { trouble: found } = await ask(address, connections, answerMs);
      silentSince = undefined;
      hasRead = false;
      become(found);
      return found === null;
    } catch (error) {
      const code = codeOf(error);
      const met = UNCONNECTED.test(code) ? undefined : UNANSWERED.find(([codes]) => codes.test(code));
      silentSince ??= Date.now();
      const explained = met !== undefined && (hasRead || deps.isBusy()) && Date.now() - silentSince < busyMs;
      if (!stopped && !explained) become(met?.[1] ?? UNREACHED, error);
      return false;
    }
  }

  return {
    trouble: () => trouble,
    answered() {
      hasRead = true;
      silentSince = Date.now();
    },
    start: () => void look(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await connections.destroy();
    },
  };
}

const healthAddress = (url: string) => new URL('readyz', url.endsWith('/') ? url : `${url}/`);

/** What a health check has found. */
export interface AgentLook {
  /** What is wrong, in a sentence; null while the agent is well. */
  readonly trouble: string | null;
  /** By the agent's clock; undefined where it does not say. */
  readonly date: number | undefined;
  /** Ours, in the middle of the call. */
  readonly at: number;
}

/** One health check, by the rules of the probe. */
export async function lookAtAgent(url: string, answerMs: number = AGENT_PROBE.answerMs): Promise<AgentLook> {
  const connections = new Connections({ connect: { timeout: answerMs / 2 } });
  const sentAt = Date.now();
  const at = () => (sentAt + Date.now()) / 2;
  try {
    const { trouble, date } = await ask(healthAddress(url), connections, answerMs);
    return { trouble, date, at: at() };
  } catch (error) {
    const code = codeOf(error);
    const met = UNCONNECTED.test(code) ? undefined : UNANSWERED.find(([codes]) => codes.test(code));
    return { trouble: met?.[1] ?? UNREACHED, date: undefined, at: at() };
  } finally {
    await connections.destroy();
  }
}

/** @returns what is wrong with the answer, or null; @throws what undici throws when there is none */
async function ask(
  address: URL,
  dispatcher: Connections,
  answerMs: number,
): Promise<{ trouble: string | null; date: number | undefined }> {
  const { statusCode, headers, body } = await request(address, {
    dispatcher,
    reset: true,
    signal: AbortSignal.timeout(answerMs),
  });
  body.on('error', () => {}).destroy();
  const date = Date.parse(String(headers.date));
  return { trouble: troubleIn(statusCode, headers['content-type']), date: Number.isNaN(date) ? undefined : date };
}

function troubleIn(statusCode: number, contentType: string | string[] | undefined): string | null {
  if (statusCode === 503) return 'The OCR agent is not ready: it answers its health check with HTTP 503.';
  // 501 is how small servers say that they have no such route.
  if (statusCode >= 500 && statusCode !== 501) {
    return `The OCR agent answers its health check with HTTP ${statusCode}.`;
  }
  if (statusCode === 200 && String(contentType).startsWith('text/html')) {
    return 'Another program answers at the address of the OCR agent: a web page.';
  }
  return null;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
