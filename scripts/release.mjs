/**
 * A version on its way to the registry: npm run release (a dry run), npm run release -- --publish (in CI, on a tag).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { isBuilt } from './build.mjs';
import { manifestOf } from './publish/checks.mjs';
import { release } from './publish/release.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

async function run(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${code}.`);
}

async function lint() {
  const { messages } = await publint({ pkgDir: root, pack: 'npm' });
  return messages.map((message) => formatMessage(message, manifestOf(root), { color: false }));
}

const say = (sentence) => process.stderr.write(`${sentence}\n`);
const publish = process.argv.includes('--publish');
try {
  const wentThrough = await release({ root, publish, env: process.env, isBuilt, run, lint, say });
  process.exitCode = wentThrough ? 0 : 1;
} catch (error) {
  say(`✗ ${error.message}`);
  process.exitCode = 1;
}
