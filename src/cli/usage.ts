import { cleanLine } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';

/** A wrong command line as the error that a wrong argument is everywhere. */
export function usageError(message: string): AppError {
  const text = cleanLine(message.replace(/^error: /, ''), 300);
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return new AppError('invalid_argument', sentence, { hint: 'See the command with --help.' });
}
