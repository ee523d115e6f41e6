import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Programs that speak Redis's protocol and append to a file. */
const PROGRAMS = ['redis-server', 'valkey-server'];

export type Redis = { readonly port: number; stop(): Promise<void> } | { readonly missing: string };

/** A server of its own in an empty folder, which has on disk what is at most a second old. */
export async function startRedis(): Promise<Redis> {
  const program = PROGRAMS.find((name) => spawnSync(name, ['--version']).status === 0);
  if (program === undefined) return { missing: `None of ${PROGRAMS.join(', ')} is on the PATH: install one.` };
  const dir = mkdtempSync(path.join(tmpdir(), 'pantry-peers-redis-'));
  const port = await freePort();
  const disk = ['--dir', dir, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const child = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', ...disk], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  for (let tries = 0; tries < 100 && !answers(program, port); tries++) await delay(50);
  return {
    port,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const answers = (program: string, port: number) =>
  spawnSync(program.replace('-server', '-cli'), ['-p', String(port), 'ping'], { encoding: 'utf8' }).stdout?.trim() ===
  'PONG';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}
