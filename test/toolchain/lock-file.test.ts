import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingOptionalEntries, platformOf } from '../../scripts/complete-lock.mjs';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const lock: Lock = read('package-lock.json');
const platformPackages = Object.entries(lock.packages).filter(([, entry]) => entry.optional && entry.os);

/** The checkout's own, that of the official MCP suites, and that of the queues that are measured beside this one. */
describe.each(['', 'test/mcp/official/', 'bench/peers/programs/'])('the lock file of "%s"', (folder) => {
  const locked: Lock = read(`${folder}package-lock.json`);
  const manifest: Record<string, Record<string, string> | undefined> = read(`${folder}package.json`);

  it('lists every optional package of every platform, so that npm ci works on each', () => {
    expect(missingOptionalEntries(locked)).toEqual({});
  });

  it('names no download address, so that any mirror of the registry can serve it, and a sum of each package', () => {
    const entries = Object.entries(locked.packages);
    expect(entries.filter(([, { resolved }]) => resolved)).toEqual([]);
    // An entry that a mirror did not have was added by hand, from its name.
    const unchecked = entries.filter(([name, { integrity, optional }]) => name !== '' && !integrity && !optional);
    expect(unchecked).toEqual([]);
  });

  it('is for exactly the versions of package.json', () => {
    for (const group of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      expect(locked.packages['']).toMatchObject(manifest[group] ? { [group]: manifest[group] } : {});
      for (const [name, version] of Object.entries(manifest[group] ?? {})) {
        expect(version, `${name} must be pinned`).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
        expect(locked.packages[`node_modules/${name}`]?.version, name).toBe(version);
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
