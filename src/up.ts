/** `pantry-queue up`: the embedded queue in the foreground of a terminal. */
import path from 'node:path';
import { addresses, banner } from './embedded/banner.ts';
import { defaultDataDir } from './embedded/data-dir.ts';
import { createEmbeddedQueue } from './embedded/embedded-queue.ts';
import { runInForeground } from './embedded/foreground.ts';
import { untilIdle } from './embedded/idle.ts';
import type { Output } from './embedded/output.ts';
import { embeddedSettings } from './embedded/settings.ts';

export interface UpFlags {
  readonly dataDir?: string;
  readonly port?: number;
  readonly exitWhenIdle?: boolean;
  /** The addresses as one line of JSON. */
  readonly json?: boolean;
}

/**
 * Starts everything, prints the addresses, and returns when all has stopped again: by a signal, or with
 * `exitWhenIdle` once no job waits or runs.
 * @throws AppError `queue_running`, `port_taken`, `part_failed`, `invalid_argument`
 */
export async function up(flags: UpFlags, output: Output): Promise<void> {
  const begunAt = Date.now();
  const settings = embeddedSettings();
  const dataDir = path.resolve(flags.dataDir ?? defaultDataDir());
  const queue = createEmbeddedQueue({
    ...settings,
    port: flags.port ?? settings.port,
    dataDir,
    makeKey: async (databaseUrl) => (await import('./maintenance/direct-keys.ts')).renewOwnKey(databaseUrl),
    say: output.say,
  });
  output.say('Starting PostgreSQL, Temporal, the OCR agent, a worker and the server …');
  await runInForeground(queue, output.say, async (running, stop) => {
    const startedInMs = Date.now() - begunAt;
    output.print(
      flags.json ? JSON.stringify(addresses(running, dataDir, startedInMs)) : banner(running, dataDir, startedInMs),
    );
    if (flags.exitWhenIdle) return untilIdle(running, stop);
    return new Promise<void>((resolve) => {
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
  });
  output.say('Stopped.');
  // A download that was broken off must not keep a stopped program.
  setTimeout(() => process.exit(), 2_000).unref();
}
