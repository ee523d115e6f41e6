import { describe, expect, it } from 'vitest';
import { errorLines } from '../../src/contract/error-lines.ts';
import { AppError, ERRORS, type ErrorCode, toAppError } from '../../src/contract/errors.ts';
import { EXIT, exitCodeOf } from '../../src/contract/exit-codes.ts';
import { runCli } from './run-cli.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

/** Errors as the libraries behind a command throw them. */
const withCode = (message: string, code: string) => Object.assign(new Error(message), { code });
const RAW: readonly [what: string, thrown: unknown, says: string][] = [
  [
    'a wrong password',
    withCode('password authentication failed for user "ocr"', '28P01'),
    'password authentication failed',
  ],
  ['a missing database', withCode('database "x" does not exist', '3D000'), 'database "x" does not exist'],
  ['a refused connection', withCode('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'), 'ECONNREFUSED'],
  ['a certificate', withCode('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'self-signed certificate'],
  ['a gRPC status', Object.assign(new Error('5 NOT_FOUND: Namespace x is not found.'), { code: 5 }), 'Namespace x'],
  ['a programming error', new TypeError("Cannot read properties of undefined (reading 'x')"), 'Cannot read properties'],
  ['a wrapped error', new Error('fetch failed', { cause: withCode('read ECONNRESET', 'ECONNRESET') }), 'ECONNRESET'],
  ['a text with controls', new Error('bad\u001b[31m\nError: all lost\u202e'), 'bad'],
  ['a text of a megabyte', new Error('x'.repeat(1_000_000)), 'xxx'],
  ['a text', 'thrown as a text', 'thrown as a text'],
];

describe('an error on the command line', () => {
  it.each(CODES)(
    '[I8] %s: is one sentence with its code, the cause and the next step, and has the exit code of its class',
    (code) => {
      const error = new AppError(code, 'What happened.', { cause: new Error('what the system said') });
      const [sentence, cause, ...hint] = errorLines(error);
      expect(sentence).toBe(`Error (${code}): What happened.`);
      expect(cause).toBe('Cause: what the system said');
      expect(hint.join(' ').length).toBeGreaterThan(10);
      expect(Object.values(EXIT)).toContain(exitCodeOf(error));
      if (ERRORS[code].http === 503) expect(exitCodeOf(error)).toBe(EXIT.unavailable);
    },
  );

  it.each(RAW)(
    '[I8] that is %s keeps its cause, after a sentence of ours and without a stack',
    (_what, thrown, says) => {
      const lines = errorLines(toAppError(thrown));
      expect(lines[0]).toBe('Error (internal): The call failed for a reason of our own.');
      expect(lines[1]).toMatch(/^Cause: /);
      expect(lines[1]).toContain(says);
      expect(lines[2]).toContain('report the cause above');
      for (const line of lines) {
        expect(line.length).toBeLessThan(500);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]| {4}at /u);
      }
    },
  );

  it.each([
    [['queue', 'info', '--url', 'http://127.0.0.1:1'], EXIT.unavailable, 'Cause: '],
    [
      ['job', 'watch', 'ocr-1', '--url', 'http://127.0.0.1:1', '--timeout', '1'],
      EXIT.unavailable,
      'Go on with: pantry-queue job watch ocr-1 --url http://127.0.0.1:1',
    ],
    [['job', 'watch', 'ocr-1', '--timeout', 'soon'], EXIT.usage, 'whole number of seconds'],
    [['job', 'enqueue', 'x', '--wait'], EXIT.usage, 'receipt_id must be a whole number'],
  ])('[I8] %j exits %i and says why', async (args, exitCode, words) => {
    const run = await runCli(args);
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toContain(words);
    expect(run.stderr).not.toMatch(/ {4}at |node_modules/);
  });

  it.each([
    ['server', { DATABASE_URL: 'postgresql://ocr:hunter2@127.0.0.1:1/x', TEMPORAL_ADDRESS: '127.0.0.1:1' }],
    ['worker', { DATABASE_URL: 'postgresql://ocr:hunter2@127.0.0.1:1/x', TEMPORAL_ADDRESS: '127.0.0.1:1' }],
    ['migrate', { DATABASE_URL: 'postgresql://ocr:hunter2@127.0.0.1:1/x' }],
    ['verify', { DATABASE_URL: 'postgresql://ocr:hunter2@127.0.0.1:1/x' }],
  ])('[I8] at the start of %s says what the system said, and never the password', async (command, env) => {
    const run = await runCli([command], { ...env, HOME: '/tmp', IMAGE_DIR: '/tmp/pantry-cli-errors' });
    expect(run).toMatchObject({ exitCode: EXIT.unavailable, stdout: '' });
    expect(run.stderr).toMatch(/^Error \(ledger_unavailable\): /m);
    expect(run.stderr).toMatch(/^(Error|Cause).*ECONNREFUSED/m);
    expect(run.stderr).not.toMatch(/hunter2| {4}at /);
  });

  it('is an object for programs when the command line is wrong', async () => {
    const run = await runCli(['job', 'enqueu', '--json']);
    expect(run.exitCode).toBe(EXIT.usage);
    expect(JSON.parse(run.stdout)).toMatchObject({ code: 'invalid_argument', hint: expect.stringContaining('--help') });
  });
});
