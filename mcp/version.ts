import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The package's version. Read, not imported: the compiled files lie one folder deeper than the sources. */
export const VERSION = readVersion();

function readVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const manifest = z.object({ name: z.string(), version: z.string() });
      const { name, version } = manifest.parse(JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')));
      if (name === 'pantry-queue') return version;
    } catch {
      // The other place.
    }
  }
  return '0.0.0';
}
