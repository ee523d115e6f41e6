/**
 * Builds `dist/`: every module with its types, the programs bundled in place of theirs, the files beside them (SQL,
 * …), the dashboard's pages, and the Temporal workflow bundle. Run by set-up when sources changed, or by hand (`npm run
 * build`). Everything is made aside and moved in file by file, so that a program reading `dist/` meanwhile never finds it
 * half written.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDashboard } from './build/dashboard.mjs';
import { licensesOf } from './build/licenses.mjs';
import { filesUnder, hashOf } from './setup/hash.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');
const stampFile = path.join(dist, '.build.json');
const sources = ['src', 'workflows', 'activities', 'mcp'];
const pages = 'dashboard';
const bundleName = 'workflow-bundle.js';
/** What may stand in the bundle; a change elsewhere keeps the bundle that is there. */
const bundled = ['workflows', 'src/contract', 'package-lock.json', 'scripts/build.mjs'];
const kept = new Set([bundleName, path.basename(stampFile)]);

/** Is `dist/` what the sources build? */
export const isBuilt = () => readStamp().sources === hashOfSources();

/** Builds when the hash of the sources differs from that of the last good build. */
export async function buildIfChanged({ log }) {
  if (!isBuilt()) await build({ log });
}

/** Builds now. Throws when TypeScript finds an error: `dist/` then stays as it was. */
export async function build({ log }) {
  const sourcesHash = hashOfSources();
  const next = `${dist}.next-${process.pid}`;
  log('building (modules, programs, pages, then the workflow bundle)');
  try {
    emitModules(next);
    // Loaded here: set-up imports this file before the dependencies are there.
    const { bundlePrograms } = await import('./build/bundle.mjs');
    const inputs = await bundlePrograms(root, next);
    const pageInputs = await buildDashboard(root, path.join(next, pages));
    writeFileSync(path.join(next, 'THIRD-PARTY-LICENSES.txt'), licensesOf(root, [...inputs, ...pageInputs]));
    copyAssets(next);
    makeExecutable(path.join(next, 'src', 'cli', 'main.js'));
    moveInto(next, dist);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
  const bundleHash = hashOf(root, bundled);
  if (readStamp().bundle !== bundleHash || !existsSync(path.join(dist, bundleName))) await bundleWorkflows(log);
  replaceFile(stampFile, JSON.stringify({ sources: sourcesHash, bundle: bundleHash }));
}

function hashOfSources() {
  const recipe = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.mjs', 'scripts/build'];
  return hashOf(root, [...sources, pages, ...recipe]);
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

function emitModules(outDir) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('TypeScript found errors (above); dist/ is unchanged.');
}

function copyAssets(outDir) {
  for (const file of sources.flatMap((folder) => filesUnder(root, folder))) {
    if (/\.(ts|md)$/.test(file)) continue;
    mkdirSync(path.dirname(path.join(outDir, file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(outDir, file));
  }
}

function makeExecutable(file) {
  if (!existsSync(file)) return;
  const code = readFileSync(file, 'utf8');
  if (!code.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${code}`);
  chmodSync(file, 0o755);
}

/** Makes `to` equal to `from`: changed files by rename, then what is no longer built goes. */
function moveInto(from, to) {
  const wanted = new Set(filesUnder(from, '.'));
  for (const file of wanted) {
    const target = path.join(to, file);
    if (existsSync(target) && readFileSync(target).equals(readFileSync(path.join(from, file)))) continue;
    mkdirSync(path.dirname(target), { recursive: true });
    renameSync(path.join(from, file), target);
  }
  for (const file of filesUnder(to, '.')) {
    if (!wanted.has(file) && !kept.has(file)) rmSync(path.join(to, file));
  }
}

async function bundleWorkflows(log) {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const logger = new DefaultLogger('WARN', ({ level, message }) => log(`${level.toLowerCase()}: ${message}`));
  const { code } = await bundleWorkflowCode({ workflowsPath: path.join(root, 'workflows', 'index.ts'), logger });
  replaceFile(path.join(dist, bundleName), code);
}

function replaceFile(file, content) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build({ log: (sentence) => process.stderr.write(`build: ${sentence}\n`) });
  } catch (error) {
    process.stderr.write(`build: ${error.message}\n`);
    process.exitCode = 1;
  }
}
