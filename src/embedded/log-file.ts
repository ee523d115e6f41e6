import { closeSync, copyFileSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

const maxBytes = 8 * 1024 * 1024;

/**
 * A descriptor for a child to write to. A file and not a pipe: a pipe breaks with its reader, and PostgreSQL and
 * Temporal outlive an `up` that is killed. Append mode, so that cutting the file below keeps working.
 */
export function openLog(file: string): number {
  cutLog(file);
  return openSync(file, 'a', 0o600);
}

/** Past 8 MB the content moves to `<file>.1`, so that a log and its past stay under 20 MB. */
export function cutLog(file: string): void {
  try {
    if (statSync(file).size <= maxBytes) return;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  } catch {
    // Not there yet, or the disk is full: neither may stop the queue.
  }
}

/** The last lines, for a message that says why a process ended. Empty when there is nothing to read. */
export function tailOf(file: string, lines = 8): string {
  try {
    const { size } = statSync(file);
    const bytes = Buffer.alloc(Math.min(size, 8_192));
    const handle = openSync(file, 'r');
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    closeSync(handle);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

export function closeLog(handle: number): void {
  closeSync(handle);
}
