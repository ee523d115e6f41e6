/**
 * Makes a checkout ready to run: dependencies, artifacts, build. Every npm entry runs it first; when nothing is to be
 * done it only compares hashes. Node built-ins alone, since it runs before `node_modules` exists.
 *
 *     node scripts/setup.mjs [--with-test-tools]
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureArtifact } from './artifacts.mjs';
import { buildIfChanged } from './build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { withLock } from './setup/lock.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const log = (sentence) => process.stderr.write(`set-up: ${sentence}\n`);

function checkNode() {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = engines.node.match(/\d+/g).map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Error(
    `pantry-queue needs Node ${wantedMajor}.${wantedMinor} or newer, and this is Node ${process.versions.node}. ` +
      'Install a current one from https://nodejs.org and run the command again.',
  );
}

async function setUp() {
  checkNode();
  const names = ['temporal-cli', 'ocr-models'];
  if (process.argv.includes('--with-test-tools')) names.push('temporal-test-server');
  await withLock(path.join(root, '.cache', 'setup.lock'), {
    log,
    work: async (holdLock) => {
      await ensureDependencies(root, { log, holdLock });
      for (const name of names) await ensureArtifact(name, { log });
      await buildIfChanged({ log });
    },
  });
}

try {
  await setUp();
  // Not left to the event loop: a look-up that no name server answers would hold the process for half a minute more.
  process.exit(0);
} catch (error) {
  log(error.message);
  process.exit(1);
}
