import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { CommanderError } from 'commander';
import { vi } from 'vitest';
import { createProgram } from '../../../src/cli/program.ts';
import { usageError } from '../../../src/cli/usage.ts';
import { toAppError } from '../../../src/contract/errors.ts';

const run = promisify(execFile);
const LIMITS = { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 } as const;

/** What came of a call: `ok` with the names of what was answered, or the code of its refusal. */
export type Outcome = { readonly code: 'ok'; readonly fields: readonly string[] } | { readonly code: string };

const answered = (answer: unknown): Outcome => ({ code: 'ok', fields: Object.keys(Object(answer)).sort() });

/** Runs a text as a shell does that somebody pasted it into. */
export async function runCurl(text: string): Promise<Outcome> {
  const { stdout } = await run('bash', ['-c', text.replace(/^curl/, `curl -sS -w '\\n%{http_code}'`)], LIMITS);
  const at = stdout.lastIndexOf('\n');
  const body = JSON.parse(stdout.slice(0, at)) as { readonly code: string };
  return Number(stdout.slice(at)) < 400 ? answered(body) : { code: body.code };
}

/** The words are those that a shell makes of the text; the program runs in this process. */
export async function runCommand(text: string): Promise<Outcome> {
  const { stdout } = await run('bash', ['-c', `pantry-queue() { printf '%s\\0' "$@"; }; ${text}`], LIMITS);
  const words = stdout.split('\0').slice(0, -1);
  let said = '';
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      said += String(chunk);
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockReturnValue(true),
  ];
  try {
    await createProgram('0.0.0', words).parseAsync(words, { from: 'user' });
    return answered(JSON.parse(said));
  } catch (thrown) {
    return { code: (thrown instanceof CommanderError ? usageError(thrown) : toAppError(thrown)).code };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Inside of the package, so that its own name leads to it. */
const folder = path.resolve(import.meta.dirname, `../../../.cache/texts-${process.pid}`);

/** Runs one program after the other as they stand on the page, in one Node: starting it costs more than they do. */
const RUNNER = `
let told;
console.log = (value) => { told = value; };
process.on('message', async (file) => {
  told = undefined;
  try {
    await import(file);
    process.send({ answer: told });
  } catch (error) {
    process.send({ refused: String(error.code ?? error) });
  }
});
`;
let runner: ChildProcess | undefined;

function startRunner(): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'runner.mjs');
  writeFileSync(file, RUNNER);
  return fork(file, { execArgv: [] });
}

/** Runs a program as it stands on the page. */
export async function runTypescript(name: string, text: string): Promise<Outcome> {
  runner ??= startRunner();
  const file = path.join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  const [said] = (await Promise.all([
    once(runner, 'message', { signal: AbortSignal.timeout(LIMITS.timeout) }),
    runner.send(file),
  ]).then(([message]) => message)) as [{ readonly answer?: unknown; readonly refused?: string }];
  return said.refused === undefined ? answered(said.answer) : { code: said.refused };
}

export function forgetTexts(): void {
  runner?.kill();
  runner = undefined;
  rmSync(folder, { recursive: true, force: true });
}

/** Sends the call as a host does. */
export async function runToolCall(url: string, text: string): Promise<string> {
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...(JSON.parse(text) as object) }),
  });
  const said = await response.text();
  const { result } = JSON.parse(/^data: (.*)$/m.exec(said)?.[1] ?? said) as {
    readonly result: { readonly isError?: boolean; readonly structuredContent?: { readonly code?: string } };
  };
  return result.isError ? (result.structuredContent?.code ?? 'none') : 'ok';
}
