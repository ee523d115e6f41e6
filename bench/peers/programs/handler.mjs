/** The job of every peer: notes when it begins and ends, and takes as long as the file `job-ms` says. */
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of the clock that all processes of one machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

const folder = () => process.env.PEERS_DIR ?? '.';
const note = (what, id) => appendFileSync(path.join(folder(), 'log'), `${what} ${id} ${now()}\n`);

/** @param isWanted whether somebody still takes what it came to; default: its own process lives */
export async function handle({ receipt_id: id }, isWanted = () => true) {
  note('begin', id);
  const ms = Number(readFileSync(path.join(folder(), 'job-ms'), 'utf8'));
  if (ms > 0) await sleep(ms);
  if (isWanted()) note('end', id);
}
