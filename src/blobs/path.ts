/** `minio://<bucket>/<key>` taken apart by text, never by a URL parser: those repair what must be refused. */

const SCHEME = 'minio://';
const MAX_PATH = 512;
/** No segment begins with a dot, so neither `..` nor a hidden file is ever named; no %, no backslash, no space. */
const KEY = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;

/** @returns the public path of a stored image */
export function blobPathOf(bucket: string, key: string): string {
  return `${SCHEME}${bucket}/${key}`;
}

/**
 * @param bucket the only one that is ours
 * @returns the key, or undefined when the path names another place, or could climb out of ours
 */
export function keyOf(path: string, bucket: string): string | undefined {
  const start = `${SCHEME}${bucket}/`;
  if (path.length > MAX_PATH || !path.startsWith(start)) return undefined;
  const key = path.slice(start.length);
  return KEY.test(key) ? key : undefined;
}
