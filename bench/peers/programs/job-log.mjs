/** What the jobs of a run have noted so far. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './handler.mjs';

const EVERY_MS = 10;

/** @param folder where the jobs note what they do; `jobMs` and `clear` hold for jobs that begin later */
export function openJobLog(folder) {
  const file = path.join(folder, 'log');
  const entries = (what) => {
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`${what} `));
    return lines.map((line) => ({ id: line.split(' ')[1], at: Number(line.split(' ')[2]) }));
  };
  const log = {
    begins: () => entries('begin'),
    ends: () => entries('end'),
    clear: () => writeFileSync(file, ''),
    jobMs: (ms) => writeFileSync(path.join(folder, 'job-ms'), String(ms)),
    /** @returns whether it came to be within the limit */
    async until(isSo, limitMs) {
      const end = now() + limitMs;
      while (!isSo(log) && now() < end) await sleep(EVERY_MS);
      return isSo(log);
    },
  };
  return log;
}

/** In how many jobs something happened: a job that begins twice counts once. */
export const different = (found) => new Set(found.map(({ id }) => id)).size;
