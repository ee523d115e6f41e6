import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { fileOf, type Scope } from '../../../../src/cli/init/host-file.ts';
import { HOSTS, type Host } from '../../../../src/cli/init/hosts.ts';
import type { Machine } from '../../../../src/cli/init/places.ts';

/** A machine of its own: an empty home, an empty project, nothing on the PATH. */
export function aMachine(env: Machine['env'] = {}): Machine {
  const root = mkdtempSync(path.join(tmpdir(), 'pantry-init-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [home, cwd] = [path.join(root, 'home'), path.join(root, 'project')];
  mkdirSync(home);
  mkdirSync(cwd);
  return { platform: 'linux', home, cwd, env };
}

export function hostOf(name: string): Host {
  const found = HOSTS.find((host) => host.name === name);
  if (found === undefined) throw new Error(`There is no host ${name}.`);
  return found;
}

/** Puts a settings file where the host looks for it. */
export function withFile(host: Host, machine: Machine, text: string | Buffer, scope: Scope = 'user'): string {
  const file = fileOf(host, scope, machine);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Every file below a folder, relative to it. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
