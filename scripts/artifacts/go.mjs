/**
 * Source kind `go`: programs that the machine's own Go builds from a pinned module. Its `go.mod` and `go.sum` stand
 * beside this file, so Go itself checks every source by its checksum.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where installers of Go put it; few of them change the PATH. */
const usualPlaces = ['/usr/local/go/bin', '/usr/lib/go/bin', '/opt/homebrew/bin'];
const limitMs = 40 * 60_000;

/**
 * Builds the artifact's programs into `folder`.
 * @param source `module`: a folder beside this file; `packages`: the package of each program
 */
export async function buildByGo(source, { folder, log, places = usualPlaces }) {
  const go = findGo(places);
  const cwd = fileURLToPath(new URL(source.module, import.meta.url));
  log(`Go builds ${Object.keys(source.packages).join(' and ')} (${source.minutes} minutes on 2 processors, once)`);
  for (const [program, name] of Object.entries(source.packages)) {
    const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags=-s -w'];
    await run(go, ['build', ...flags, '-o', path.join(folder, program), name], cwd);
  }
  return folder;
}

function findGo(places) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter).filter(Boolean), ...places];
  const found = folders.map((folder) => path.join(folder, 'go')).find(isProgram);
  if (found) return found;
  throw new Error('Go was not found (https://go.dev/dl)');
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    // GOFLAGS of a person's own could contradict ours; proxy and toolchain are theirs to choose.
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'], timeout: limitMs });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr = (stderr + text).slice(-4_000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const reason = stderr.trim().split('\n').at(-1) || 'no reason given';
      if (code === 0) resolve();
      else reject(new Error(`Go could not build ${args.at(-1)} (${reason})`));
    });
  });
}
