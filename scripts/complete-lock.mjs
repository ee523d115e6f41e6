/**
 * Adds the optional packages that a `package-lock.json` lacks. A package mirror without some foreign-platform binaries
 * makes `npm install` leave them out, and `npm ci` then refuses the lock, here or on those platforms. Run it after
 * every change of dependencies; a test fails while an entry is missing.
 *
 *     node scripts/complete-lock.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const lockFiles = [
  'package-lock.json',
  'test/mcp/official/package-lock.json',
  'bench/peers/programs/package-lock.json',
];

const platformWords =
  /(android|darwin|linux|win32|windows|freebsd|netbsd|openbsd|sunos|aix|openharmony)(musl)?(?:-([a-z0-9]+))?(?:-([a-z]+))?$/;

/**
 * What a parsed lock lacks: `{folder: entry}` for each optional dependency, at any depth, that resolves to no locked
 * package.
 */
export function missingOptionalEntries(lock) {
  const missing = {};
  for (const [folder, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (resolves(lock.packages, folder, name)) continue;
      const entry = { version: lowestOf(range, name), ...platformOf(name), optional: true };
      const other = missing[`node_modules/${name}`];
      if (other && other.version !== entry.version)
        throw new Error(`Two versions of ${name} are wanted: add them by hand.`);
      missing[`node_modules/${name}`] = entry;
    }
  }
  return missing;
}

/** The system a platform package is for, as its name says it. */
export function platformOf(name) {
  const [, os, musl, cpu, abi = ''] = platformWords.exec(name) ?? [];
  if (!os) return {};
  const libc = musl || abi === 'musl' ? { libc: ['musl'] } : abi === 'gnu' ? { libc: ['glibc'] } : {};
  return { ...(cpu && cpu !== 'wasm32' ? { cpu: [cpu] } : {}), ...libc, os: [os === 'windows' ? 'win32' : os] };
}

/** Node's look-up: the nearest `node_modules` above the package that asks. */
function resolves(packages, folder, name) {
  for (let at = folder; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    if (`${at ? `${at}/` : ''}node_modules/${name}` in packages) return true;
    if (at === '') return false;
  }
}

function lowestOf(range, name) {
  const version = /^[~^]?(\d+\.\d+\.\d+[\w.+-]*)$/.exec(range)?.[1];
  if (!version) throw new Error(`The range "${range}" of ${name} names no version: add the entry by hand.`);
  return version;
}

function complete(lockFile) {
  const lock = JSON.parse(readFileSync(path.join(root, lockFile), 'utf8'));
  const missing = missingOptionalEntries(lock);
  const entries = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
  if (Object.keys(missing).length > 0) writeFileSync(path.join(root, lockFile), `${JSON.stringify(lock, null, 2)}\n`);
  process.stderr.write(`${lockFile}: ${Object.keys(missing).length} entries added\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) lockFiles.forEach(complete);
