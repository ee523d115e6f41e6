import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, '../official');
const MODULES = path.join(FOLDER, 'node_modules');

/** Both suites crash at import below this. */
const NODE_WANTED = [22, 19] as const;

const PROGRAMS = {
  conformance: '@modelcontextprotocol/conformance/dist/index.js',
  inspector: '@modelcontextprotocol/inspector/clients/launcher/build/index.js',
} as const;

export interface SuiteRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const officialFile = (name: string): string => path.join(FOLDER, name);

/** One run of an official suite, until it has ended, under a Node that it can run on. */
export function runOfficial(
  program: keyof typeof PROGRAMS,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<SuiteRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(nodeForSuites(), [path.join(MODULES, PROGRAMS[program]), ...args], {
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...said }));
  });
}

/** This process's own where it is new enough, else the one that npm has brought. */
function nodeForSuites(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_WANTED[0] || (major === NODE_WANTED[0] && minor >= NODE_WANTED[1])) return process.execPath;
  const brought = existsSync(MODULES)
    ? readdirSync(MODULES).find((name) => /^node-(linux|darwin)-/.test(name))
    : undefined;
  if (brought !== undefined) return path.join(MODULES, brought, 'bin', 'node');
  throw new Error(
    `The official MCP suites need Node ${NODE_WANTED.join('.')}: run "node scripts/setup.mjs --with-test-tools", or the tests under a newer Node.`,
  );
}
