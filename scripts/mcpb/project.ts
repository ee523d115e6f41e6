import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The root of the project. */
export const ROOT = new URL('../..', import.meta.url);

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  /** `io.github.OWNER/NAME`: the registry asks that the package and the entry name each other. */
  mcpName: z.string().regex(/^io\.github\.[a-z0-9-]+\/[a-z0-9-]+$/),
  engines: z.object({ node: z.string() }),
});

export type Project = z.infer<typeof manifest> & {
  /** Where its sources are kept. */
  readonly repository: string;
};

/** What package.json says, from which everything that is published takes its names. */
export function readProject(): Project {
  const read = manifest.parse(JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')));
  return { ...read, repository: `https://github.com/${read.mcpName.replace(/^io\.github\./, '')}` };
}
