/**
 * Lays out what a container image holds: the built programs, the packages that they load, and nothing of other
 * platforms. The Dockerfile runs it, and so does the test that starts those programs without a container.
 *
 *     node scripts/image.mjs queue|agent FOLDER
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { closureOf, isForeign } from './image/packages.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Both have the command line; each loads what only it needs when a command runs. */
const IMAGES = {
  queue: {
    programs: ['src/cli/main', 'src/server', 'src/worker', 'src/crop/child'],
    packages: ['client', 'common', 'envconfig', 'worker', 'activity', 'workflow'].map((part) => `@temporalio/${part}`),
  },
  agent: { programs: ['src/cli/main', 'src/ocr/main', 'src/ocr/lane'], packages: ['onnxruntime-node'] },
};
/** Of both: pictures are read by one package, models are found by scripts, and a container asks itself whether it is well. */
const COMMON = {
  packages: ['sharp'],
  files: ['package.json', 'LICENSE', 'scripts/artifacts.mjs', 'scripts/artifacts', 'deploy/healthy.mjs'],
};

/** Makes `folder`, readable by every user whatever the rights in the checkout. */
export function layOutImage(name, folder) {
  const image = IMAGES[name];
  if (!image) throw new Error(`There is no image "${name}"; known are ${Object.keys(IMAGES).join(', ')}.`);
  const modules = closureOf(root, [...COMMON.packages, ...image.packages]);
  const files = [...COMMON.files, ...image.programs.map((program) => `dist/${program}.js`), ...assets()];
  for (const file of files) copy(file, folder);
  for (const place of modules)
    copy(place, folder, (file) => !isForeign(path.relative(path.join(root, place), file), place));
  open(folder);
}

/** What the programs find beside them: code that they share, the workflow bundle, SQL and pages. */
function assets() {
  const dist = path.join(root, 'dist');
  if (!existsSync(path.join(dist, 'workflow-bundle.js'))) throw new Error('Build first: node scripts/build.mjs');
  const beside = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^\.|\.(js|ts|map)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  return ['dist/chunks', 'dist/workflow-bundle.js', ...beside];
}

function copy(file, folder, wanted = () => true) {
  const to = path.join(folder, file);
  mkdirSync(path.dirname(to), { recursive: true });
  const own = (from) => !from.endsWith('.map') && wanted(from);
  cpSync(path.join(root, file), to, { recursive: true, dereference: true, filter: own });
}

/** A container may run under any user, who owns none of the files. */
function open(place) {
  const stat = statSync(place);
  chmodSync(place, stat.isDirectory() || stat.mode & 0o100 ? 0o755 : 0o644);
  if (stat.isDirectory()) for (const name of readdirSync(place)) open(path.join(place, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, folder] = process.argv.slice(2);
  if (!folder) throw new Error('Usage: node scripts/image.mjs queue|agent FOLDER');
  layOutImage(name, path.resolve(folder));
}
