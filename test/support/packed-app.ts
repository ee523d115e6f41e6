import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { closureOf } from '../../scripts/image/packages.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);
const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });

/** A project of somebody else in which the packed package is installed. */
export interface PackedApp {
  /** Its folder; `node_modules` holds the package and what that depends on, and nothing else. */
  readonly folder: string;
  /** The paths in the archive. */
  readonly files: readonly string[];
  /** The packages that an installation brings, as paths from the checkout. */
  readonly places: readonly string[];
  remove(): void;
}

/**
 * Packs this checkout and lays it out as `npm install` does, without asking a registry: the packages are those that the
 * lock file names, by hard links.
 */
export function packedApp(): PackedApp {
  const folder = mkdtempSync(path.join(tmpdir(), 'pantry packed ü-'));
  const modules = path.join(folder, 'node_modules');
  mkdirSync(modules);
  const args = ['pack', '--json', '--offline', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename, files }] = packed.parse(JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })));
  execFileSync('tar', ['-xzf', path.join(folder, filename), '-C', folder]);
  rmSync(path.join(folder, filename));
  renameSync(path.join(folder, 'package'), path.join(modules, 'pantry-queue'));
  const { dependencies } = manifest.parse(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')));
  const places = closureOf(root, Object.keys(dependencies));
  for (const place of places) link(path.join(root, place), path.join(folder, place));
  const project = { name: 'app', type: 'module', private: true, dependencies: { 'pantry-queue': '*' } };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(project));
  return {
    folder,
    files: files.map((file) => file.path),
    places,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function link(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  if (existsSync(to)) return;
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'pipe' });
  } catch {
    // Another file system: hard links end there.
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}
