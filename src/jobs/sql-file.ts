import { readFileSync } from 'node:fs';

/**
 * The text of a file of SQL that stands beside a module.
 * @param beside `import.meta.url` of the module
 * @returns without its comments: the server copies and measures a statement's text at every call
 */
export function readSql(name: string, beside: string): string {
  return readFileSync(new URL(name, beside), 'utf8')
    .replace(/^\s*--.*\n/gm, '')
    .trim();
}
