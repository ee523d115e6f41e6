import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** How a file may be sent, the smallest first. */
const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;
type Encoding = (typeof ENCODINGS)[number]['name'];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** One file of the dashboard, in every form that it is kept in. */
export interface DashboardFile {
  readonly contentType: string;
  readonly etag: string;
  /** Its name holds a hash of its content. */
  readonly isHashed: boolean;
  readonly bytes: Uint8Array;
  readonly encoded: ReadonlyMap<Encoding, Uint8Array>;
}

/** The built dashboard: a page for all its addresses, and the files that it loads, by name. */
export interface DashboardFiles {
  readonly index: DashboardFile;
  readonly assets: ReadonlyMap<string, DashboardFile>;
}

/**
 * Reads the built dashboard once; it is about a megabyte.
 * @param dir as the build wrote it: `index.html`, `assets/…`, and `.br` and `.gz` beside each
 * @returns undefined where nothing was built
 */
export async function readDashboard(dir: string): Promise<DashboardFiles | undefined> {
  const index = await readPageFile(path.join(dir, 'index.html'));
  if (!index) return undefined;
  const folder = path.join(dir, 'assets');
  const names = (await readdir(folder)).filter((name) => Object.hasOwn(CONTENT_TYPES, path.extname(name)));
  const assets = new Map<string, DashboardFile>();
  for (const name of names) {
    const file = await readPageFile(path.join(folder, name));
    if (file) assets.set(name, file);
  }
  return { index, assets };
}

async function readPageFile(file: string): Promise<DashboardFile | undefined> {
  const bytes = await readIfThere(file);
  if (!bytes) return undefined;
  const encoded = new Map<Encoding, Uint8Array>();
  for (const { name, ending } of ENCODINGS) {
    const packed = await readIfThere(file + ending);
    if (packed) encoded.set(name, packed);
  }
  return {
    contentType: CONTENT_TYPES[path.extname(file)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isHashed: /-[\w-]{8,}\.\w+$/.test(file),
    bytes,
    encoded,
  };
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The smallest form of a file that a client takes.
 * @param accepted its Accept-Encoding: `gzip, br;q=0`
 * @returns `encoding` undefined: as it is
 */
export function chooseEncoding(
  file: DashboardFile,
  accepted: string | undefined,
): { readonly encoding: Encoding | undefined; readonly bytes: Uint8Array } {
  const taken = new Set(
    (accepted ?? '').split(',').flatMap((part) => {
      const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      return parameters.some((text) => /^q=0(\.0*)?$/.test(text)) ? [] : [name];
    }),
  );
  for (const { name } of ENCODINGS) {
    const bytes = taken.has(name) ? file.encoded.get(name) : undefined;
    if (bytes) return { encoding: name, bytes };
  }
  return { encoding: undefined, bytes: file.bytes };
}
