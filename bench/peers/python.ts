import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureArtifact } from '#artifacts';

/** Wheels are archives. */
const UNPACK = `import pathlib, sys, zipfile
for wheel in pathlib.Path(sys.argv[2]).glob("*.whl"):
    zipfile.ZipFile(wheel).extractall(sys.argv[1])`;

export type PythonWithRq = { readonly modules: string; remove(): void } | { readonly missing: string };

/** RQ and what it needs, in a folder for PYTHONPATH; nothing is installed. */
export async function unpackRq(log: (sentence: string) => void): Promise<PythonWithRq> {
  if (spawnSync('python3', ['--version']).status !== 0) return { missing: 'There is no python3 on the PATH.' };
  const wheels = await ensureArtifact('rq', { log }).catch((error: Error) => error);
  if (wheels instanceof Error) return { missing: wheels.message };
  const modules = mkdtempSync(path.join(tmpdir(), 'pantry-peers-python-'));
  const { status, stderr } = spawnSync('python3', ['-c', UNPACK, modules, wheels], { encoding: 'utf8' });
  if (status !== 0) return { missing: `RQ could not be unpacked: ${stderr.trim().split('\n').at(-1)}` };
  return { modules, remove: () => rmSync(modules, { recursive: true, force: true }) };
}
