import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSources } from './imports.ts';

const root = path.resolve(import.meta.dirname, '../..');
const sources = new Map(
  readSources(root, ['src', 'workflows', 'activities', 'mcp']).map(({ file, imports }) => [file, imports]),
);

/** Packages that a process loads at its start, with what leads to each. */
function packagesOf(entry: string): Map<string, string> {
  const packages = new Map<string, string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { target, typeOnly } of sources.get(file) ?? []) {
      if (typeOnly) continue;
      if (sources.has(target)) visit(target);
      else if (!packages.has(target)) packages.set(target, file);
    }
  };
  visit(entry);
  return packages;
}

/** Each of these takes a fifth of a second and tens of megabytes. */
const HEAVY = ['@temporalio/worker', 'sharp', 'onnxruntime-node'];
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'src/server.ts': [],
  'src/worker.ts': ['@temporalio/worker'],
  'src/ocr/main.ts': [],
  'src/ocr/lane.ts': ['onnxruntime-node', 'sharp'],
};

describe('the start of a process', () => {
  it.each(Object.entries(NEEDED))('of %s loads no heavy library that it does not use', (entry, needed) => {
    const loaded = [...packagesOf(entry)].filter(([name]) => HEAVY.includes(name));
    expect(loaded.map(([name]) => name).sort(), JSON.stringify(loaded)).toEqual(needed);
  });
});
