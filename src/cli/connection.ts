import type { Command } from 'commander';
import { createQueueClient, type QueueClient } from '../client/index.ts';
import { readClientSettings } from '../config.ts';
import { AppError } from '../contract/errors.ts';
import { defaultDataDir } from '../embedded/data-dir.ts';
import { findRunningQueue } from '../embedded/owner-file.ts';
import { type KeyFlags, keyOf, withKeyFlags } from './key.ts';
import { shellWord } from './shell-word.ts';

/** The flags of every command that talks to a running queue. */
export interface ConnectionFlags extends KeyFlags {
  readonly url?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

const USUAL_URL = 'http://127.0.0.1:8000';

export function withConnectionFlags(command: Command): Command {
  return withKeyFlags(command)
    .option(
      '--url <url>',
      `address of the queue (default: PANTRY_QUEUE_URL, else the queue of --data-dir, else ${USUAL_URL})`,
    )
    .option('--data-dir <dir>', 'folder of a queue started by pantry-queue up')
    .option('--json', 'print the answer as JSON');
}

/** Is some queue named, rather than found? */
export const namesQueue = ({ url, dataDir }: ConnectionFlags): boolean =>
  (url ?? dataDir ?? readClientSettings().url) !== undefined;

/** `--url`, `PANTRY_QUEUE_URL`, the queue that runs on the data folder, the usual address: the first that is there. */
function queuePlace(flags: ConnectionFlags): { readonly url: string; readonly key?: string | undefined } {
  if (flags.url !== undefined) return { url: flags.url };
  const { url } = readClientSettings();
  if (url !== undefined && flags.dataDir === undefined) return { url };
  return findRunningQueue(flags.dataDir ?? defaultDataDir()) ?? { url: USUAL_URL };
}

/** @param options `resumesWaits: false` for a command that follows a job through cuts by itself */
export function connect(flags: ConnectionFlags, options: { resumesWaits?: boolean } = {}): QueueClient {
  const { url, key } = queuePlace(flags);
  refuseOtherAddress(url);
  return createQueueClient({ url, key: keyOf(flags) ?? key, ...options });
}

/** @throws AppError invalid_argument; it repeats nothing, since a password may stand in what was given */
function refuseOtherAddress(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (isWeb && url.username === '' && url.password === '') return;
  const why = isWeb ? 'must not hold a user and a password' : 'must begin with http:// or https://';
  throw new AppError('invalid_argument', `The address of the queue ${why}.`, {
    fields: [{ pointer: '/url', code: 'format', message: `The address of the queue ${why}.` }],
    hint: 'Give it as http://127.0.0.1:8000, and a key by --key-file or PANTRY_QUEUE_KEY.',
  });
}

/** The flags with which another command finds the same queue, to be named in a text. */
export function commandFlags({ url, dataDir, keyFile }: ConnectionFlags): string {
  const flags = { '--url': url, '--data-dir': dataDir, '--key-file': keyFile };
  return Object.entries(flags)
    .map(([flag, value]) => (value === undefined ? '' : ` ${flag} ${shellWord(value)}`))
    .join('');
}
