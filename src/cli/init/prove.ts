import { type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { cleanLine } from '../../contract/clean-text.ts';
import type { Launch } from './connection.ts';

/** What answered. */
export interface Proof {
  readonly tools: number;
  readonly version: string;
}

/** Why nothing usable answered, in words. */
export class NotProven extends Error {
  override readonly name = 'NotProven';
}

export interface ProofDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly limitMs: number;
  readonly key: string | undefined;
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'pantry-queue init', version: '1' },
  },
} as const;
const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' } as const;
const LIST = { jsonrpc: '2.0', id: 2, method: 'tools/list' } as const;

const initialized = z.object({ result: z.object({ serverInfo: z.object({ version: z.string() }) }) });
const listed = z.object({ result: z.object({ tools: z.array(z.object({ name: z.string() })).max(1_000) }) });

/**
 * Starts exactly what a host would start, in as bare an environment, or calls what it would call, and asks for the tools.
 * @throws NotProven
 */
export function prove(launch: Launch, deps: ProofDeps): Promise<Proof> {
  return 'url' in launch ? proveAddress(launch.url, deps) : proveProgram(launch, deps);
}

/** What programs with windows have in their environment at least. */
const BARE = [
  ...['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER', 'TMPDIR'],
  ...['APPDATA', 'HOMEDRIVE', 'HOMEPATH', 'LOCALAPPDATA', 'PROCESSOR_ARCHITECTURE', 'SYSTEMDRIVE', 'SYSTEMROOT'],
  ...['TEMP', 'USERNAME', 'USERPROFILE'],
];

const MAX_STDOUT_BYTES = 4 * 1024 * 1024;
const MAX_STDERR_CHARS = 2_000;

async function proveProgram({ command, args, env }: Exclude<Launch, { url: string }>, deps: ProofDeps): Promise<Proof> {
  const bare = Object.fromEntries(BARE.map((name) => [name, deps.env[name]]));
  const child = started(command, args, {
    cwd: deps.home,
    env: { ...bare, HOME: deps.home, ...env },
    windowsHide: true,
  });
  const ended = endOf(child, deps.limitMs);
  try {
    const answers = answersOf(child);
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
    const first = await Promise.race([answers(1), ended]);
    child.stdin.write(`${JSON.stringify(INITIALIZED)}\n${JSON.stringify(LIST)}\n`);
    return proofOf(first, await Promise.race([answers(2), ended]));
  } finally {
    child.kill('SIGKILL');
  }
}

/** Some faults of a command line come at once, the others as an event. */
function started(command: string, args: readonly string[], options: SpawnOptionsWithoutStdio) {
  try {
    return spawn(command, args, options);
  } catch (error) {
    throw new NotProven(`it cannot be started (${codeOf(error)})`, { cause: error });
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown');

/** Rejects when the program ends, is too late, or writes without end. */
function endOf(child: ChildProcessWithoutNullStreams, limitMs: number): Promise<never> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_STDERR_CHARS);
  });
  const ended = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(
      () => reject(new NotProven(`it did not answer within ${limitMs / 1_000} s`)),
      limitMs,
    ).unref();
    child.once('error', (error) => reject(new NotProven(`it cannot be started (${codeOf(error)})`)));
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_STDOUT_BYTES) reject(new NotProven('it writes more than an answer'));
    });
    // Not at its exit: what it wrote last is read first.
    child.once('close', (code) => {
      clearTimeout(timer);
      const last = said.trim().split('\n').at(-1) ?? '';
      reject(new NotProven(`it ended at once (exit code ${code})${last === '' ? '' : `: ${cleanLine(last, 300)}`}`));
    });
  });
  ended.catch(() => undefined);
  return ended;
}

/** The answers on its stdout, by the id of their request. Other lines are let pass, as hosts do. */
function answersOf(child: ChildProcessWithoutNullStreams): (id: number) => Promise<unknown> {
  const lines = createInterface({ input: child.stdout });
  const answers = new Map<number, unknown>();
  lines.on('line', (line) => {
    const answer = answerIn(line);
    if (answer) {
      answers.set(answer.id, answer);
      lines.emit(`answer ${answer.id}`, answer);
    }
  });
  return async (id) => answers.get(id) ?? (await once(lines, `answer ${id}`))[0];
}

function answerIn(line: string): { id: number } | undefined {
  try {
    const message: unknown = JSON.parse(line);
    const answer = z.looseObject({ id: z.number() }).safeParse(message);
    return answer.success ? answer.data : undefined;
  } catch {
    return undefined;
  }
}

async function proveAddress(url: string, deps: ProofDeps): Promise<Proof> {
  const signal = AbortSignal.timeout(deps.limitMs);
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    ...(deps.key === undefined ? {} : { authorization: `Bearer ${deps.key}` }),
  };
  const ask = async (message: object) => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(message), signal });
    const text = await response.text();
    if (!response.ok) throw new NotProven(`${url} answers ${response.status}`);
    // Either one JSON text, or the same as the data of an event.
    return answerIn(/^data: ?(\{.*)$/m.exec(text)?.[1] ?? text);
  };
  try {
    return proofOf(await ask(INITIALIZE), await ask(LIST));
  } catch (error) {
    if (error instanceof NotProven) throw error;
    const reason =
      error instanceof Error && error.name === 'TimeoutError' ? 'does not answer in time' : 'cannot be reached';
    throw new NotProven(`${url} ${reason}`, { cause: error });
  }
}

function proofOf(first: unknown, second: unknown): Proof {
  const server = initialized.safeParse(first);
  const list = listed.safeParse(second);
  if (!server.success || !list.success) throw new NotProven('its answer is none of an MCP server');
  return { tools: list.data.result.tools.length, version: server.data.result.serverInfo.version };
}
