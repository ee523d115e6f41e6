import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/**
 * What of the core may name the replaced system's tables: how they are made or adopted, and which rights on them are
 * asked for and handed on. All else about a receipt is the kind's that reads it.
 */
const MAY_NAME_RECEIPTS = [
  'src/jobs/ocr/',
  ...['schema/', 'adoption/', 'migrate.ts', 'functions/isolation.sql'].map((place) => `src/ledger/${place}`),
];
const NAMES_RECEIPTS = /public\.receipts|receipt_items|receipt_state/;

function namingReceipts(): string[] {
  const folders = ['src', 'workflows', 'activities', 'mcp'];
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.posix.join(folder, file),
    ),
  );
  return files.filter(
    (file) => /\.(ts|sql)$/.test(file) && NAMES_RECEIPTS.test(readFileSync(path.join(root, file), 'utf8')),
  );
}

describe('[Q21] the tables of receipts', () => {
  it('[Q21] are named by the kind of job that reads receipts, and by what makes or adopts them', () => {
    const named = namingReceipts();
    expect(named).toContain('src/jobs/ocr/lookup.sql');
    expect(named.filter((file) => !MAY_NAME_RECEIPTS.some((place) => file.startsWith(place)))).toEqual([]);
  });
});
