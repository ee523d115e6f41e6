import { InvalidArgumentError } from 'commander';

/** The address of a queue, as a flag names it. */
export function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('It must be an address as http://127.0.0.1:8000.');
  }
  return text;
}
