import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../contract/errors.ts';
import type { Cropper } from '../ports.ts';

/** A HEIC of 48 megapixels takes two seconds of a core that is its own. */
const TOTAL_MS = 20_000;
const MAX_CROP_BYTES = 20 * 1024 * 1024;
/** Two at once keep a core free for the rest; a few may wait. */
const AT_ONCE = 2;
const MAX_WAITING = 8;
/** A page of 50 megapixels whose format has to be decoded whole takes about 400 MB. */
const MAX_CHILD_BYTES = 600 * 1024 * 1024;
const MEMORY_CHECK_MS = 50;

const fromSource = import.meta.url.endsWith('.ts');
const CHILD = fileURLToPath(new URL(fromSource ? './child.ts' : './child.js', import.meta.url));
const FLAGS = ['--max-old-space-size=256', ...(fromSource ? ['--import', 'tsx'] : [])];

/** Cuts regions out of stored pictures, each in a child process that is killed when it takes too long. */
export function createCropper(): Cropper {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function turn(): Promise<void> {
    if (running < AT_ONCE) {
      running++;
      return;
    }
    if (waiting.length >= MAX_WAITING) {
      throw new AppError('rate_limited', 'Too many crops are being cut.', { retryAfterS: 2 });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function done(): void {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }

  return {
    async crop(bytes, region, turnedDegrees, maxBytes = MAX_CROP_BYTES) {
      await turn();
      try {
        return await cut(bytes, [region.x, region.y, region.width, region.height, turnedDegrees, maxBytes]);
      } finally {
        done();
      }
    },
  };
}

/** Where the system tells (Linux); elsewhere the limits of pixels and time stand alone. */
async function killIfLarge(child: ChildProcess): Promise<void> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  if (kilobytes * 1024 > MAX_CHILD_BYTES) child.kill('SIGKILL');
}

async function cut(bytes: AsyncIterable<Uint8Array>, numbers: readonly number[]): Promise<Uint8Array> {
  const child = spawn(process.execPath, [...FLAGS, CHILD, ...numbers.map(String)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), TOTAL_MS);
  const guard = setInterval(() => void killIfLarge(child), MEMORY_CHECK_MS);
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(null));
  });
  // A picture that could not be read to its end is not one that ends there.
  let unread: unknown;
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } catch (error) {
      unread = error;
      throw error;
    }
  }
  try {
    // A child that gives up early closes its end; why, its exit code says.
    const fed = pipeline(Readable.from(read()), child.stdin).catch(() => {});
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_CROP_BYTES) child.kill('SIGKILL');
      chunks.push(chunk);
    }
    await fed;
    if (unread !== undefined) throw unread;
    if ((await exited) === 0 && size > 0) return Buffer.concat(chunks);
    throw new AppError('image_unreadable', 'No crop can be cut from the stored image.');
  } finally {
    clearTimeout(killer);
    clearInterval(guard);
    child.kill('SIGKILL');
  }
}
