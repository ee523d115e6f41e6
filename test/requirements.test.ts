import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAMILIES, type Requirement } from './requirements/requirement.ts';
import { REQUIREMENTS } from './requirements.ts';

const root = path.resolve(import.meta.dirname, '..');
const entries = Object.entries(REQUIREMENTS);

const comment = /^\s*\/\/.*$/gm;
/** The first argument of a call whose second is a function; `skip` and `todo` prove nothing. */
const title = /(?<!\.(?:skip|todo)\()(?<=\(\s*)(['"`])((?:(?!\1)[^\\]|\\.)*)\1\s*,\s*(?:async\b|\(|function\b)/gs;

/** The titles of the tests and groups in a source text. */
function titlesOf(source: string): string[] {
  return [...source.replace(comment, '').matchAll(title)].map((match) => match[2] ?? '');
}

/** What is wrong with the proofs of a requirement, in words. */
function faultsOf(requirement: Requirement, read: (file: string) => string | undefined): string[] {
  if (requirement.tests.length === 0) return ['no test is named'];
  return requirement.tests.flatMap(([file, fragment]) => {
    const source = read(file);
    if (source === undefined) return [`test/${file} does not exist`];
    return titlesOf(source).some((each) => each.includes(fragment)) ? [] : [`test/${file} has no test "${fragment}"`];
  });
}

function readTest(file: string): string | undefined {
  const place = path.join(root, 'test', file);
  return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
}

function isKnown(id: string): boolean {
  const family = id.slice(0, 1) as keyof typeof FAMILIES;
  const number = id.slice(1);
  return /^[1-9]\d?$/.test(number) && Number(number) <= (FAMILIES[family] ?? 0);
}

describe('a requirement', () => {
  it.each(entries)('%s has its proof', (id, requirement) => {
    expect(isKnown(id)).toBe(true);
    expect(faultsOf(requirement, readTest)).toEqual([]);
  });

  it('says in one sentence what it promises, and what is missing where it holds partly', () => {
    for (const [id, each] of entries) {
      expect(each.promise, id).toMatch(/^[^\n]{10,140}\.$/);
      expect(each.missing !== undefined && each.missing !== '', id).toBe(each.status === 'partly');
    }
  });
});

describe('the check of proofs', () => {
  const claim = (...tests: Requirement['tests']): Requirement => ({ status: 'held', promise: 'It holds.', tests });
  const file = [
    "it('holds', async () => {});",
    "it.each([1])(\n  'holds %s',\n  (n) => {},\n);",
    "it.skip('is skipped', () => {});",
    "// it('is gone', () => {});",
    "expect(text).toBe('is no title');",
  ].join('\n');
  const read = (name: string) => (name === 'a.test.ts' ? file : undefined);

  it('finds titles as they are written', () => {
    expect(titlesOf(file)).toEqual(['holds', 'holds %s']);
  });

  it.each(['is skipped', 'is gone', 'is no title', 'was renamed'])('misses a test that %s', (fragment) => {
    expect(faultsOf(claim(['a.test.ts', fragment]), read)).toHaveLength(1);
  });

  it('misses a file that is not there, and any proof at all', () => {
    expect(faultsOf(claim(['b.test.ts', 'holds']), read)).toHaveLength(1);
    expect(faultsOf(claim(), read)).toHaveLength(1);
  });

  it.each(['Q0', 'Q26', 'Q01', 'X1', 'I', 'Q1.5'])('knows no id %s', (id) => {
    expect(isKnown(id)).toBe(false);
  });
});

describe('the pages', () => {
  const docs = ['architecture', 'operations', 'backup', 'upgrade', 'deployment'].map((name) => `docs/${name}.md`);
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...docs];

  it.each(pages)('%s links to nothing that is not there', (page) => {
    const links = [...readFileSync(path.join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
    const missing = links.map((link) => link[1] ?? '').filter((link) => !existsSync(path.join(root, page, '..', link)));
    expect(missing).toEqual([]);
  });

  it('README.md stays short', () => {
    expect(readFileSync(path.join(root, 'README.md'), 'utf8').split('\n').length).toBeLessThan(201);
  });
});
