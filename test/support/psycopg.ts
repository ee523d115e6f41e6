import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ensureArtifact } from '#artifacts';
import { nativeFolder } from '../../src/embedded/postgres-binaries.ts';

const PROGRAM = path.join(import.meta.dirname, 'psycopg_caller.py');

interface Found {
  readonly wheels: string;
  readonly libpq: string;
}

/** psycopg as its wheels, or why there is none: a machine need not have Python. */
async function findPsycopg(): Promise<Found | { readonly missing: string }> {
  try {
    execFileSync('python3', ['--version'], { stdio: 'pipe' });
    const wheels = await ensureArtifact('psycopg');
    return {
      wheels,
      libpq: path.join(nativeFolder(), 'lib', process.platform === 'darwin' ? 'libpq.5.dylib' : 'libpq.so.5'),
    };
  } catch (error) {
    return { missing: `no Python with psycopg: ${String(error).slice(0, 200)}` };
  }
}

export const psycopg = await findPsycopg();

/** What the database refused, as a Python program sees it. */
export interface PythonError {
  readonly sqlstate: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
}

export interface PythonCaller {
  /** @returns the rows, as columns by name; `{ error }` when the database refused */
  execute(
    sql: string,
    values?: readonly unknown[],
  ): Promise<Record<string, unknown>[] | { readonly error: PythonError }>;
  /** Of `psycopg.IsolationLevel`, for the next transaction. */
  isolate(level: 'READ_COMMITTED' | 'REPEATABLE_READ' | 'SERIALIZABLE'): Promise<unknown>;
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
  close(): Promise<void>;
}

/** A Python process with one psycopg connection, in whose transaction each statement runs. */
export async function startPythonCaller({ wheels, libpq }: Found, url: string): Promise<PythonCaller> {
  const child = spawn('python3', [PROGRAM, wheels, libpq, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function ask(...request: readonly unknown[]) {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('the Python program has ended');
    return JSON.parse(value);
  }
  return {
    execute: (sql, values = []) => ask('execute', sql, values),
    isolate: (level) => ask('isolate', level),
    commit: () => ask('commit'),
    rollback: () => ask('rollback'),
    async close() {
      child.stdin.end();
      await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)));
    },
  };
}
