import { waitThroughCuts } from '../client/wait-through-cuts.ts';
import { AppError } from '../contract/errors.ts';
import { LIMITS } from '../contract/policies.ts';
import { type ConnectionFlags, commandFlags } from './connection.ts';
import { createLiveLine } from './live.ts';
import { EXIT, isLive, say } from './output.ts';

/** As long as a job may live, so that a job's own end comes first. */
const DEFAULT_TIMEOUT_S = 73 * 3_600;

/** A queue that gives no answer for so long will not come back by itself. */
const MAX_OUTAGE_MS = 300_000;

export interface FollowFlags extends ConnectionFlags {
  /** Seconds in all. */
  readonly timeout?: number;
}

export interface Followed<T> {
  /** As people call it: its id. */
  readonly name: string;
  /** The command that goes on: `job watch ocr-17`. */
  readonly command: string;
  /** Waits at most so many seconds for news. */
  ask(seconds: number, signal: AbortSignal): Promise<T>;
  isOver(state: T): boolean;
  /** Its state in a line, while it is not over. */
  line(state: T): string;
  /** The same where it is written over, on a live terminal; default: the line. */
  liveLine?(state: T): string;
  /** `queued`, where its time is over before. */
  stillIs(state: T): string;
  /** Prints how it is. @returns the exit code */
  report(state: T): number;
}

/**
 * Follows something to its end through cut connections and restarts: on a live terminal in one line that is written over,
 * else with a line for each change of its state.
 * @returns the exit code: what `report` says, unavailable when the time was over before, interrupted after Ctrl-C
 * @throws AppError as `ask` does; queue_unreachable after five minutes without an answer
 */
export async function follow<T>(followed: Followed<T>, flags: FollowFlags): Promise<number> {
  const goOn = `Go on with: pantry-queue ${followed.command}${commandFlags(flags)}`;
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  let said = '';
  let awaySince: number | undefined;
  const live = isLive(process.stderr) ? createLiveLine() : undefined;
  const once = (line: string) => {
    if (line !== said) say(line);
    said = line;
  };
  const show = (state: T) => {
    if (live) live.show((followed.liveLine ?? followed.line)(state));
    else once(followed.line(state));
  };
  try {
    const state = await waitThroughCuts((seconds) => followed.ask(seconds, interrupt.signal), {
      seconds: flags.timeout ?? DEFAULT_TIMEOUT_S,
      askSeconds: LIMITS.askSeconds,
      looksFirst: true,
      isOver: followed.isOver,
      onAnswer: (answer) => {
        awaySince = undefined;
        if (!followed.isOver(answer)) show(answer);
      },
      onCut: (error) => {
        awaySince ??= Date.now();
        if (Date.now() - awaySince > MAX_OUTAGE_MS) throw error;
        once('The connection to the queue was lost; asking again for up to 5 minutes. The job is not affected.');
      },
      signal: interrupt.signal,
    });
    live?.end();
    if (followed.isOver(state)) return followed.report(state);
    if (interrupt.signal.aborted) return interrupted(followed.name, goOn);
    followed.report(state);
    say(`${followed.name} is still ${followed.stillIs(state)} after ${flags.timeout} s. ${goOn}`);
    return EXIT.unavailable;
  } catch (error) {
    live?.end();
    if (!interrupt.signal.aborted) throw error instanceof AppError ? withNextStep(error, goOn) : error;
    return interrupted(followed.name, goOn);
  } finally {
    live?.end();
    process.removeListener('SIGINT', onInterrupt);
  }
}

function interrupted(name: string, goOn: string): number {
  say(`Stopped watching; ${name} is not affected. ${goOn}`);
  return EXIT.interrupted;
}

function withNextStep(error: AppError, goOn: string): AppError {
  if (error.code !== 'queue_unreachable' && error.code !== 'ledger_unavailable') return error;
  return new AppError(error.code, error.message, { hint: `${error.hint}\n${goOn}`, cause: error.cause });
}
