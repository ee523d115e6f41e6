import { causeText, faultOf } from './contract/cause.ts';
import { errorLines } from './contract/error-lines.ts';
import { AppError, toAppError } from './contract/errors.ts';
import { exitCodeOf } from './contract/exit-codes.ts';
import { BURST } from './contract/policies.ts';
import type { Log } from './ports.ts';

/** A process of ours, once it runs. */
export interface Life {
  /** Resolves when it does its work, or when it is known why it cannot yet. Default: at once. */
  readonly ready?: Promise<void>;
  /**
   * Resolves when it has ended by itself, with the reason when it left work undone; absent when it runs until it is told
   * to stop.
   */
  readonly ended?: Promise<AppError | undefined>;
  /** Asked once; resolves when everything is closed. */
  stop(): Promise<void>;
  /** A stop that takes longer is cut off: what it did not hand back is found by the others, as after `kill -9`. */
  readonly stopsWithinMs: number;
}

/** Tells the parent, where there is one: `pantry-queue up` waits for these words. */
export function tellParent(message: { event: 'listening'; port: number } | { event: 'ready' }): void {
  // The parent may go away between two words; what that means, `disconnect` says.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/**
 * From start to exit: SIGTERM and SIGINT stop in order, a second one at once with 1; a process whose parent has gone
 * ends too, so that `kill -9` of the parent leaves nothing behind. Exit code 0 after a stop, by the error's class
 * otherwise: 5 when it was cut off.
 */
export async function runProcess(log: Log, start: () => Promise<Life>): Promise<void> {
  let stopping = false;
  let life: Life | undefined;

  async function stop(why: string, exitCode = 0): Promise<void> {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ why }, 'process.stopping');
    const cut = setTimeout(() => fail(stopLate(life?.stopsWithinMs ?? 0)), life?.stopsWithinMs ?? 0);
    try {
      await life?.stop();
      clearTimeout(cut);
      process.exit(exitCode);
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    const { code, message, hint } = toAppError(error);
    const known = { code, message, hint, cause: causeText(error) };
    log.error({ ...known, ...(code === 'internal' && faultOf(error)) }, 'process.failed');
    // A parent reads the log; a person who started this by hand reads a sentence.
    if (!process.connected) process.stderr.write(`${errorLines(toAppError(error)).join('\n')}\n`);
    process.exit(exitCodeOf(toAppError(error)));
  }

  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('disconnect', () => void stop('the parent has gone'));
  // What nobody caught, in place of the command that started this: nothing can be relied on any more, and the others take
  // over what it held.
  for (const unmet of ['uncaughtException', 'unhandledRejection'] as const) {
    process.removeAllListeners(unmet);
    process.on(unmet, (error: unknown) => fail(ownFault(error)));
  }

  try {
    life = await start();
    await Promise.race([life.ready, life.ended]);
    tellParent({ event: 'ready' });
    log.info({}, 'process.ready');
    const undone = await life.ended;
    if (undone) {
      log.warn({ code: undone.code, message: undone.message, hint: undone.hint }, 'process.undone');
      process.stderr.write(`${errorLines(undone).join('\n')}\n`);
    }
    if (life.ended && !stopping) await stop('done', undone ? BURST.exitCode : 0);
  } catch (error) {
    fail(error);
  }
}

/** Also of an error of ours: where it was thrown nobody was to read it. */
function ownFault(cause: unknown): AppError {
  return new AppError('internal', 'The process stopped: it met a fault of its own.', { cause });
}

function stopLate(afterMs: number): AppError {
  return new AppError('part_failed', `The stop did not end within ${afterMs / 1_000} s and was cut off.`, {
    hint: 'Nothing is lost: calls that were not handed back are taken over within 15 s. The log says what did not answer.',
  });
}

/** The entry of a process that is started by itself: what is wrong before it has a log is said in sentences, and no stack. */
export async function runEntry(main: () => Promise<void>): Promise<void> {
  await main().catch((error: unknown) => {
    process.stderr.write(`${errorLines(toAppError(error)).join('\n')}\n`);
    process.exitCode = exitCodeOf(toAppError(error));
  });
}
