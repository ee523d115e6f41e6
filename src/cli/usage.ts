import { cleanLine } from '../contract/clean-text.ts';
import { AppError, type Problem, problemOf } from '../contract/errors.ts';

/** A wrong command line as programs read it: the object that a wrong argument has everywhere. */
export function problemOfUsage(message: string): Problem {
  const text = cleanLine(message.replace(/^error: /, ''), 300);
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return problemOf(new AppError('invalid_argument', sentence, { hint: 'See the command with --help.' }));
}
