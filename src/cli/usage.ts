import { cleanLine } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';

/** What the parser of the command line calls a mistake → what every door calls it about a field. */
const FIELD_CODES: Readonly<Record<string, string>> = {
  'commander.unknownOption': 'unknown',
  'commander.missingArgument': 'required',
  'commander.optionMissingArgument': 'required',
  'commander.invalidArgument': 'invalid',
};

/** A wrong command line as the error that a wrong argument is everywhere. */
export function usageError({ code, message }: { readonly code: string; readonly message: string }): AppError {
  const text = cleanLine(message.replace(/^error: /, ''), 300);
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  const field = FIELD_CODES[code];
  // `--user-id <n>` and <receipt_id> are fields of the operation, written as flags and words are.
  const [, name] = /'(?:--)?([a-z][a-z0-9_-]*)/.exec(message) ?? [];
  const fields =
    field === undefined || name === undefined
      ? []
      : [{ pointer: `/${name.replaceAll('-', '_')}`, code: field, message: sentence }];
  return new AppError(code === 'commander.unknownOption' ? 'unknown_argument' : 'invalid_argument', sentence, {
    hint: 'See the command with --help.',
    fields,
  });
}
