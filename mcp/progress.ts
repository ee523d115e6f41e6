import type { ServerContext } from '@modelcontextprotocol/server';

/** Clients were seen to give a call up after 5 s without a word. */
const FIRST_AFTER_MS = 1_000;
const EVERY_MS = 3_000;

export interface Progress {
  /** What the next notification says; a sentence of ours, never text from outside. */
  tell(news: string): void;
  stop(): void;
}

/**
 * Progress notifications of one call, as long as it runs.
 * @returns undefined when the client did not ask for them
 */
export function startProgress(context: ServerContext): Progress | undefined {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let message = 'Waiting for the queue.';
  let progress = 0;
  const notify = () => {
    progress += 1;
    const params = { progressToken, progress, message };
    // A client that has gone needs no progress; its call ends by its own signal.
    context.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
  };
  let timer = setTimeout(() => {
    notify();
    timer = setInterval(notify, EVERY_MS);
  }, FIRST_AFTER_MS);
  return {
    tell: (news) => {
      message = news;
    },
    // Also right for the interval: both kinds of timer are cleared by either function.
    stop: () => clearTimeout(timer),
  };
}
