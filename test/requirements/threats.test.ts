import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/security.md'), 'utf8');

const rows = page.split('\n').flatMap((line) => {
  const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
  return /^T\d\d$/.test(cells[0] ?? '') ? [{ id: cells[0] ?? '', width: cells.length, proof: cells[3] ?? '' }] : [];
});

describe('the list of threats', () => {
  it('has the thirty-two of the model, each once and with its control', () => {
    const ids = Array.from({ length: 32 }, (_, at) => `T${String(at + 1).padStart(2, '0')}`);
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows.filter(({ width }) => width !== 4)).toEqual([]);
  });

  it.each(rows.map(({ id, proof }) => [id, proof]))('names for %s tests that there are, or a reason', (_id, proof) => {
    if (proof.startsWith('reason: ')) return expect(proof.length).toBeGreaterThan(40);
    const named = proof.split(' · ').map((part) => /^`([^`]+)`: (.+)$/.exec(part) ?? []);
    const absent = named.filter(([, file = '', words = '']) => {
      const place = path.join(root, 'test', file);
      return file === '' || !existsSync(place) || !readFileSync(place, 'utf8').includes(words);
    });
    expect(absent).toEqual([]);
  });
});
