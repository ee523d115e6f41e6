import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One hash over the names and contents of files and folders, `roots` relative to `base`; a missing root counts too. */
export function hashOf(base, roots) {
  const hash = createHash('sha256');
  for (const root of roots) {
    for (const file of filesUnder(base, root)) {
      const content = readFileSync(path.join(base, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

/** Every file under `root` (or `root` itself), as sorted paths relative to `base`; nothing where it does not exist. */
export function filesUnder(base, root) {
  try {
    return readdirSync(path.join(base, root), { withFileTypes: true })
      .flatMap((entry) =>
        entry.isDirectory() ? filesUnder(base, path.join(root, entry.name)) : [path.join(root, entry.name)],
      )
      .sort();
  } catch (error) {
    if (error.code === 'ENOTDIR') return [root];
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
