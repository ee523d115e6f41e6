import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingOptionalEntries, platformOf } from '../../scripts/complete-lock.mjs';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const lock: { packages: Record<string, LockedPackage> } = read('package-lock.json');
const manifest: Record<string, Record<string, string> | undefined> = read('package.json');
const platformPackages = Object.entries(lock.packages).filter(([, entry]) => entry.optional && entry.os);

describe('the lock file', () => {
  it('lists every optional package of every platform, so that npm ci works on each', () => {
    expect(missingOptionalEntries(lock)).toEqual({});
  });

  it('names no download address, so that any mirror of the registry can serve it', () => {
    expect(Object.keys(lock.packages).filter((folder) => lock.packages[folder]?.resolved)).toEqual([]);
  });

  it('is for exactly the versions of package.json', () => {
    const { dependencies, devDependencies } = manifest;
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies });
    for (const group of ['dependencies', 'devDependencies']) {
      for (const [name, version] of Object.entries(manifest[group] ?? {})) {
        expect(version, `${name} must be pinned`).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
        expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
      }
    }
  });
});

describe('completing the lock file', () => {
  it('gives back a platform entry that a mirror left out', () => {
    const folder = 'node_modules/@swc/core-darwin-arm64';
    const { [folder]: removed, ...packages } = lock.packages;
    expect(missingOptionalEntries({ ...lock, packages })).toEqual({
      [folder]: { version: removed?.version, optional: true, os: ['darwin'], cpu: ['arm64'] },
    });
  });

  it('reads system and processor from the name of every platform package that is locked', () => {
    expect(platformPackages.length).toBeGreaterThan(50);
    for (const [folder, { os, cpu }] of platformPackages) {
      if (folder.endsWith('/fsevents')) continue; // the one whose name says nothing
      expect(platformOf(folder), folder).toMatchObject(cpu ? { os, cpu } : { os });
    }
  });
});
