import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The commands behind `<!-- drill: NAME -->` in a page of `docs/`, as a reader copies them. */
export function commandsOf(page: string, name: string): string {
  const text = readFileSync(path.resolve(import.meta.dirname, '../../docs', page), 'utf8');
  const [, commands] = text.match(new RegExp(`<!-- drill: ${name} -->\n\`\`\`(?:sh|sql)\n([^]*?)\`\`\`\n`)) ?? [];
  if (commands === undefined) throw new Error(`${page} has no commands named ${name}`);
  return commands;
}
