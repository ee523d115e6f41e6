/**
 * Packages that bring the native code of every platform: which files are of no use on this one, and how an installation
 * loses them. Only folders that belong to pantry-queue alone are touched, never what another program may load.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

const { platform, arch } = process;
/** Temporal's name of this machine, as in `x86_64-unknown-linux-gnu`. */
const cpu = { x64: 'x86_64', arm64: 'aarch64' }[arch];
const system = { linux: 'unknown-linux-gnu', darwin: 'apple-darwin' }[platform];

/** Where each keeps one folder a platform, and the one of this platform. */
const BINARIES = {
  'onnxruntime-node': { folder: 'bin/napi-v6', own: [platform, arch] },
  '@temporalio/core-bridge': { folder: 'releases', own: [`${cpu}-${system}`] },
};

/** Whether `file`, a path inside the package `name`, is native code of another platform. */
export function isOfAnotherPlatform(name, file) {
  const { folder, own } = BINARIES[name] ?? {};
  if (folder === undefined || !file.startsWith(`${folder}/`)) return false;
  const ours = [folder, ...own].join('/');
  return !`${file}/`.startsWith(`${ours}/`) && !ours.startsWith(`${file}/`);
}

/** The folders of other platforms under `modules`, each with a whole one of this platform beside it. */
function foreignFolders(modules) {
  return Object.entries(BINARIES).flatMap(([name, { folder, own }]) => {
    const root = path.join(modules, name, folder);
    return existsSync(path.join(root, ...own)) ? besides(root, own) : [];
  });
}

/** Everything in `folder` but the path `own`. */
function besides(folder, [first, ...rest]) {
  return readdirSync(folder).flatMap((name) => {
    const inside = path.join(folder, name);
    if (name !== first) return [inside];
    return rest.length > 0 ? besides(inside, rest) : [];
  });
}

/** Removes them; what cannot be removed stays, as in a folder that is read-only. */
export function removeForeign(modules, log) {
  let bytes = 0;
  for (const folder of foreignFolders(modules)) {
    try {
      const size = sizeOf(folder);
      rmSync(folder, { recursive: true, force: true });
      bytes += size;
    } catch {
      // It only takes room.
    }
  }
  if (bytes > 0) log(`removed native code for other systems from the dependencies (${Math.round(bytes / 1e6)} MB)`);
}

/**
 * The `node_modules` in which this package is installed, where its project depends on nothing else, as in the cache of
 * `npx` or a folder made for it. Otherwise nothing: another program may load what lies there.
 */
export function ownModules(packageRoot) {
  const modules = path.dirname(packageRoot);
  if (path.basename(modules) !== 'node_modules') return undefined;
  try {
    const read = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = read(path.dirname(modules));
    const wanted = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    return wanted.length === 1 && wanted[0] === read(packageRoot).name ? modules : undefined;
  } catch {
    return undefined;
  }
}

function sizeOf(file) {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(file).reduce((sum, name) => sum + sizeOf(path.join(file, name)), 0);
}
