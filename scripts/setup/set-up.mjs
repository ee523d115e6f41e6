import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureArtifact } from '../artifacts.mjs';
import { buildIfChanged } from '../build.mjs';
import { ensureBrowser } from './browser.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { withLock } from './lock.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const log = (sentence) => process.stderr.write(`set-up: ${sentence}\n`);

/**
 * Does what is missing, with a sentence for each step on stderr; ends the process with code 1 when that fails.
 * `packages` are folders with a lock file of their own, the checkout's first; `browser`: one for tests of pages.
 */
export async function setUp({ packages, artifacts, browser }) {
  try {
    checkNode();
    await withLock(path.join(root, '.cache', 'setup.lock'), {
      log,
      work: async (holdLock) => {
        for (const folder of packages) await ensureDependencies(path.join(root, folder), { log, holdLock });
        for (const name of artifacts) await ensureArtifact(name, { log });
        if (browser) await ensureBrowser({ log, root });
        await buildIfChanged({ log });
      },
    });
  } catch (error) {
    log(error.message);
    process.exit(1);
  }
}

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
