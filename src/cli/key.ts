import { type Command, Option } from 'commander';
import { readClientSettings } from '../config.ts';
import { AppError } from '../contract/errors.ts';

export interface KeyFlags {
  readonly keyFile?: string;
}

/** Its value is not repeated. */
function refuseKey(): never {
  throw new AppError(
    'invalid_argument',
    '--key is not taken: a key on the command line is seen by everybody on this machine, and kept by the shell.',
    { hint: 'Set PANTRY_QUEUE_KEY, or name a file that holds the key with --key-file or PANTRY_QUEUE_KEY_FILE.' },
  );
}

/** How a command is given its key. */
export function withKeyFlags(command: Command): Command {
  return command
    .option('--key-file <file>', 'file that holds the key (default: PANTRY_QUEUE_KEY, PANTRY_QUEUE_KEY_FILE)')
    .addOption(new Option('--key [key]').hideHelp().argParser(refuseKey));
}

/** @throws AppError invalid_argument where the file cannot be read */
export function keyOf(
  { keyFile }: KeyFlags,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (keyFile === undefined) return readClientSettings(env).key;
  return readClientSettings({ ...env, PANTRY_QUEUE_KEY: '', PANTRY_QUEUE_KEY_FILE: keyFile }).key;
}
