import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDataDir, type DataDir, dataDirAt } from '../../src/embedded/data-dir.ts';

const isRoot = process.getuid?.() === 0;
let above = '';
let dir: DataDir;
beforeEach(() => {
  above = mkdtempSync(path.join(tmpdir(), 'pantry-data-dir-'));
  dir = dataDirAt(path.join(above, 'data'));
});
afterEach(() => rmSync(above, { recursive: true, force: true }));

const FOLDERS = ['root', 'processes', 'logs', 'images', 'temporal'] as const;

/** What another user may have left where the queue keeps its files. */
const PLANTED: readonly {
  what: string;
  needsRoot?: true;
  plant: (folder: string, victim: string) => void;
  says: RegExp;
}[] = [
  {
    what: 'a link to a folder of somebody else',
    plant: (folder, victim) => symlinkSync(victim, folder),
    says: /is a symbolic link/,
  },
  {
    what: 'a link to nowhere',
    plant: (folder) => symlinkSync('/nowhere/at/all', folder),
    says: /is a symbolic link/,
  },
  { what: 'a file', plant: (folder) => writeFileSync(folder, 'x'), says: /is not a folder/ },
  {
    what: 'a folder of another user',
    needsRoot: true,
    plant: (folder) => {
      mkdirSync(folder);
      chownSync(folder, 65_500, 65_500);
    },
    says: /belongs to another user \(uid 65500, not 0\)/,
  },
  {
    what: 'a folder that the group may write to',
    plant: (folder) => open(folder, 0o770),
    says: /can be written to by other users/,
  },
  {
    what: 'a folder that everybody may write to',
    plant: (folder) => open(folder, 0o777),
    says: /can be written to by other users/,
  },
];

function open(folder: string, mode: number): void {
  mkdirSync(folder);
  chmodSync(folder, mode);
}

describe.skipIf(process.platform === 'win32')('a data folder', () => {
  for (const name of FOLDERS) {
    for (const { what, needsRoot, plant, says } of PLANTED) {
      it.skipIf(needsRoot && !isRoot)(`[S1] is refused by name when its ${name} is ${what}`, () => {
        const victim = path.join(above, 'victim');
        open(victim, 0o755);
        if (name !== 'root') mkdirSync(dir.root, { mode: 0o700 });
        plant(dir[name], victim);
        const before = lstatSync(dir[name]);
        expect(() => createDataDir(dir)).toThrow(
          expect.objectContaining({ code: 'invalid_argument', message: expect.stringMatching(says) }),
        );
        expect(() => createDataDir(dir)).toThrow(dir[name]);
        expect(lstatSync(victim).mode & 0o777).toBe(0o755);
        expect(readdirSync(victim)).toEqual([]);
        expect(lstatSync(dir[name])).toMatchObject({ mode: before.mode, uid: before.uid });
      });
    }
  }

  it('is refused in words where it cannot be made', () => {
    writeFileSync(path.join(above, 'file'), 'x');
    const below = dataDirAt(path.join(above, 'file', 'data'));
    expect(() => createDataDir(below)).toThrow(`${below.root} lies below a file.`);
  });

  it('is made closed to others, and taken again as it is', () => {
    createDataDir(dir);
    createDataDir(dir);
    for (const name of FOLDERS) expect(lstatSync(dir[name]).mode & 0o777, name).toBe(0o700);
  });
});
