import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import times from '../support/file-times.json' with { type: 'json' };
import { compare } from '../support/longest-first.ts';

describe('the order of test files', () => {
  it('begins with the longest, and leaves files that share a process together', () => {
    const seconds = new Map([
      ['long', 90],
      ['longer', 100],
      ['short', 5],
    ]);
    const files = [
      { file: 'unknown', shares: true },
      { file: 'short', shares: false },
      { file: 'longer', shares: true },
      { file: 'long', shares: false },
      { file: 'short', shares: true },
    ];
    const sorted = files.toSorted((left, right) => compare(left, right, seconds));
    expect(sorted.map(({ file, shares }) => `${file}${shares ? ' sharing' : ''}`)).toEqual([
      'long',
      'short',
      'longer sharing',
      'short sharing',
      'unknown sharing',
    ]);
  });

  it('knows the times of many files, and nearly all of them are there', () => {
    const files = Object.entries(times);
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter(([, seconds]) => !(seconds > 0))).toEqual([]);
    // One that was renamed starts later than it could, until the times are written down again.
    const gone = files.filter(([file]) => !existsSync(path.resolve(import.meta.dirname, '..', file)));
    expect(gone.length, JSON.stringify(gone)).toBeLessThan(files.length / 10);
  });
});
