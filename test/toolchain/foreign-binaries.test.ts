import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOfAnotherPlatform, ownModules, removeForeign } from '../../scripts/artifacts/foreign-binaries.mjs';

let project: string;
let modules: string;
const bin = (...names: string[]) => path.join(modules, 'onnxruntime-node/bin/napi-v6', ...names);
const other = process.platform === 'linux' ? 'darwin' : 'linux';
const said: string[] = [];

function put(file: string, text = ''): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'pantry-foreign-'));
  modules = path.join(project, 'node_modules');
  put(path.join(modules, 'pantry-queue/package.json'), JSON.stringify({ name: 'pantry-queue' }));
  said.length = 0;
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const depends = (on: object) => put(path.join(project, 'package.json'), JSON.stringify(on));
const owned = () => ownModules(path.join(modules, 'pantry-queue'));

describe('native code for other systems', () => {
  it('[H9] is removed with its size told, and that of this system stays', () => {
    put(bin(process.platform, process.arch, 'a.node'), 'own');
    put(bin(process.platform, 'mips', 'a.node'), 'x'.repeat(1_000_000));
    put(bin(other, process.arch, 'a.node'), 'x'.repeat(2_000_000));
    removeForeign(modules, (sentence) => said.push(sentence));
    expect(existsSync(bin(process.platform, process.arch, 'a.node'))).toBe(true);
    expect([existsSync(bin(process.platform, 'mips')), existsSync(bin(other))]).toEqual([false, false]);
    expect(said).toEqual(['removed native code for other systems from the dependencies (3 MB)']);
    removeForeign(modules, (sentence) => said.push(sentence));
    expect(said).toHaveLength(1);
  });

  it('[H9] stays where nothing for this system lies beside it', () => {
    put(bin(other, process.arch, 'a.node'), 'only');
    removeForeign(modules, (sentence) => said.push(sentence));
    expect(existsSync(bin(other, process.arch, 'a.node'))).toBe(true);
    expect(said).toEqual([]);
  });

  it('[H9] is a matter of projects that depend on pantry-queue alone', () => {
    depends({ dependencies: { 'pantry-queue': '^1.0.0' } });
    expect(owned()).toBe(modules);
    depends({ dependencies: { 'pantry-queue': '^1.0.0', 'onnxruntime-node': '^1.30.0' } });
    expect(owned()).toBeUndefined();
    depends({ dependencies: { 'pantry-queue': '^1.0.0' }, devDependencies: { typescript: '7.0.2' } });
    expect(owned()).toBeUndefined();
    put(path.join(project, 'package.json'), 'no JSON');
    expect(owned()).toBeUndefined();
    expect(ownModules(project)).toBeUndefined();
  });

  it('is told by the path inside its package', () => {
    const own = `bin/napi-v6/${process.platform}/${process.arch}`;
    const foreign = (file: string) => isOfAnotherPlatform('onnxruntime-node', file);
    expect([own, `${own}/a.node`, 'bin', `bin/napi-v6/${process.platform}`, 'dist/index.js'].filter(foreign)).toEqual(
      [],
    );
    expect([`bin/napi-v6/${other}`, `bin/napi-v6/${other}/x64/a.node`, `${own}-musl`].every(foreign)).toBe(true);
    expect(isOfAnotherPlatform('pg', 'bin/napi-v6/win32')).toBe(false);
  });
});
