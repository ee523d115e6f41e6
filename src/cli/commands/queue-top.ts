import { type Command, InvalidArgumentError } from 'commander';
import { isAppError, type QueueClient } from '../../client/index.ts';
import { pause } from '../../client/pause.ts';
import type { OutputOf } from '../../contract/queue-api.ts';
import { topLine, topPage } from '../../words/top.ts';
import { type ConnectionFlags, connect, withConnectionFlags } from '../connection.ts';
import { groupOf } from '../operations.ts';
import { EXIT, isLive, openScreen, print, printJson, say } from '../output.ts';

interface Flags extends ConnectionFlags {
  readonly every: number;
  readonly once?: boolean;
  readonly userId?: number;
}

type Info = OutputOf<'queueInfo'>;

/** A queue that gives no answer for so long will not come back by itself. */
const MAX_OUTAGE_MS = 300_000;

/** `pantry-queue queue top`: the queue as it is now, again and again, until Ctrl-C. */
export function register(program: Command): void {
  const command = groupOf(program, 'queue')
    .command('top')
    .description('Watch the queue on one page: counts, workers and what they read, owners, and what is wrong.')
    .option('--every <seconds>', 'how often it is asked, 1 to 3600', wholeUpTo(3_600), 2)
    .option('--once', 'ask once, print, and end')
    .option('--user-id <n>', 'only the jobs of this user', wholeUpTo(Number.MAX_SAFE_INTEGER))
    .addHelpText(
      'after',
      '\nIn a pipe, or with --json, it prints a line for each time. Ctrl-C ends it with exit code 0.\n\nExample:\n  pantry-queue queue top --once',
    );
  withConnectionFlags(command).action(async (flags: Flags) => {
    process.exitCode = await watch(connect(flags), flags);
  });
}

function wholeUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,16}$/.test(text) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from 1 to ${most}.`);
  };
}

async function watch(queue: QueueClient, { every, once, userId, json }: Flags): Promise<number> {
  const ask = () => queue.queueInfo(userId === undefined ? {} : { user_id: userId }, { signal: end.signal });
  const end = new AbortController();
  const onEnd = () => end.abort();
  if (once) {
    show(await ask(), json);
    return EXIT.ok;
  }
  const screen = !json && isLive(process.stdout) ? openScreen() : undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onEnd);
  let before: Info | undefined;
  let awaySince: number | undefined;
  try {
    while (!end.signal.aborted) {
      const info = await ask().catch((error: unknown) => {
        if (end.signal.aborted) return undefined;
        awaySince ??= Date.now();
        if (!isAppError(error) || !isAway(error.code) || Date.now() - awaySince > MAX_OUTAGE_MS) throw error;
        const line = `${error.message} Asking again for up to 5 minutes.`;
        if (screen) screen.show([...(before ? topPage(before, undefined) : []), '', `! ${line}`]);
        else say(line);
        return undefined;
      });
      if (info) {
        awaySince = undefined;
        if (screen) screen.show([...topPage(info, before), '', `Every ${every} s; Ctrl-C ends.`]);
        else show(info, json);
        before = info;
      }
      await pause(every * 1_000, end.signal);
    }
  } finally {
    screen?.close();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, onEnd);
  }
  return EXIT.ok;
}

const isAway = (code: string) => code === 'queue_unreachable' || code === 'ledger_unavailable';

const show = (info: Info, json: boolean | undefined) => (json ? printJson(info) : print(topLine(info)));
