import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 200;
const giveUpMs = 15 * 60_000;

/**
 * Runs `work` while no other set-up of this checkout does. The lock is a folder that is renamed into place with its
 * owner already written inside, so it is never seen half made; a lock whose owner is gone is cleared away.
 */
export async function withLock(folder, { log, work }) {
  mkdirSync(path.dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  writeFileSync(path.join(draft, 'owner'), String(process.pid));
  try {
    await acquire(folder, draft, log);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  const release = () => removeAside(folder);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function acquire(folder, draft, log) {
  const deadlineMs = Date.now() + giveUpMs;
  let announced = false;
  while (!tryRename(draft, folder)) {
    const owner = ownerOf(folder);
    if (owner !== undefined && !isAlive(owner)) clearAway(folder, owner);
    else {
      if (!announced) log(`waiting for another set-up of this folder (process ${owner ?? 'unknown'})`);
      announced = true;
      if (Date.now() > deadlineMs) throw new Error(`Another set-up seems stuck; if none runs, delete ${folder}.`);
      await sleep(pollMs);
    }
  }
}

/** If a live process took the lock since `deadOwner` was seen in it, it gets it back. */
function clearAway(folder, deadOwner) {
  removeAside(folder, (aside) => ownerOf(aside) === deadOwner || !tryRename(aside, folder));
}

/** Renamed before it is deleted: a lock half deleted would look free. */
function removeAside(folder, isSure = () => true) {
  const aside = `${folder}.${process.pid}-gone`;
  if (tryRename(folder, aside) && isSure(aside)) rmSync(aside, { recursive: true, force: true });
}

function tryRename(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(error.code)) return false;
    throw error;
  }
}

function ownerOf(folder) {
  try {
    return Number(readFileSync(path.join(folder, 'owner'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
