import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { BUILT_MAIN } from '../support/run-built.ts';

const IMPORT = /^(?:import|export)\b[^'"]*?from\s*["']([^"']+)["']|^import\s*["']([^"']+)["']/gm;

/** Every file of ours that is loaded before a command runs, and the packages beside them. */
function loadedFrom(entry: string): { files: Set<string>; packages: Set<string> } {
  const [files, packages] = [new Set<string>(), new Set<string>()];
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, from, bare] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const target = from ?? bare ?? '';
      if (target.startsWith('.')) visit(path.resolve(path.dirname(file), target));
      else if (!target.startsWith('node:')) packages.add(target);
    }
  };
  visit(entry);
  return { files, packages };
}

it('[H6] the program starts from few files of its own, and without one package beside them', () => {
  const { files, packages } = loadedFrom(path.join(path.dirname(BUILT_MAIN), 'run.js').replace('run.js', 'main.js'));
  // `main` sets the memory flags first; what it then loads is one chunk and what that shares.
  const chunk = /import\(["'](\.\.\/\.\.\/chunks\/run-[^"']+)["']\)/.exec(readFileSync(BUILT_MAIN, 'utf8'))?.[1];
  expect(chunk, 'the chunk of run.ts').toBeDefined();
  const run = loadedFrom(path.resolve(path.dirname(BUILT_MAIN), chunk ?? ''));
  const all = new Set([...files, ...run.files]);
  expect([...packages, ...run.packages]).toEqual([]);
  expect(all.size).toBeLessThanOrEqual(MAX_FILES);
});

/** Each file is a look at the disk; a command that needs more loads it when it runs. */
const MAX_FILES = 40;
