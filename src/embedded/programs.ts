import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Node programs that `up` runs, as files. */
export interface Programs {
  readonly agent: string;
  readonly worker: string;
  readonly server: string;
}

/** Ours: compiled when we are compiled, the source when we run from the source. */
export function ownPrograms(): Programs {
  const ending = path.extname(import.meta.url);
  const file = (name: string) => fileURLToPath(new URL(`../${name}${ending}`, import.meta.url));
  return { agent: file('ocr/main'), worker: file('worker'), server: file('server') };
}
