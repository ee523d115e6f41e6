import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const CLIENT_FOLDER = path.resolve(import.meta.dirname, '../../../clients/python');
const DRIVER = path.join(import.meta.dirname, 'python_caller.py');

/** The oldest that the client supports, a newer one, and what is called `python3` here: version to program. */
export function pythons(): Map<string, string> {
  const home = path.join(homedir(), '.pyenv/versions');
  const kept = existsSync(home) ? readdirSync(home).map((name) => path.join(home, name, 'bin/python3')) : [];
  const found = new Map<string, string>();
  for (const program of ['python3.9', 'python3.12', 'python3', ...kept]) {
    const version = versionOf(program);
    if (version !== undefined && !found.has(version)) found.set(version, program);
  }
  const wanted = new Set(['3.9', '3.12', versionOf('python3')]);
  return new Map([...found].filter(([version]) => wanted.has(version)));
}

function versionOf(program: string): string | undefined {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).match(/^Python (3\.\d+)/)?.[1];
  } catch {
    return undefined;
  }
}

/** What a call of the client came to: the answer, or the exception by its class, code and text. */
type Answer = unknown;

export interface PythonClient {
  call(method: string, args?: object): Promise<Answer>;
  /** The same with the client that the replaced API service had. */
  simple(method: string, args?: object): Promise<Answer>;
  /** Sets a limit of the module. */
  set(name: string, value: number): Promise<Answer>;
  close(): Promise<void>;
}

/** A Python process that makes calls with the client, one after the other. */
export function startPythonClient(program: string, url: string, key?: string): PythonClient {
  const child = spawn(program, ['-W', 'error', DRIVER, CLIENT_FOLDER, url, ...(key === undefined ? [] : [key])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function ask(...request: readonly unknown[]): Promise<Answer> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('the Python program has ended');
    return JSON.parse(value);
  }
  return {
    call: (method, args = {}) => ask('client', method, args),
    simple: (method, args = {}) => ask('simple', method, args),
    set: (name, value) => ask('set', name, value),
    async close() {
      child.stdin.end();
      await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)));
    },
  };
}
