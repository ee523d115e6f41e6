import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 200;
const giveUpMs = 15 * 60_000;

/**
 * Runs `work` while no other set-up of this checkout does. The lock is a folder that is renamed into place with its
 * owner already written inside, so it is never seen half made; a lock whose owners are all gone is cleared away.
 * `work` gets a function that adds a child process as an owner: it may outlive a set-up that is killed.
 */
export async function withLock(folder, { log, work }) {
  mkdirSync(path.dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  writeFileSync(path.join(draft, 'owner'), `${process.pid}\n`);
  try {
    await acquire(folder, draft, log);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  const release = () => removeAside(folder);
  process.once('exit', release);
  try {
    return await work((pid) => appendFileSync(path.join(folder, 'owner'), `${pid}\n`));
  } finally {
    process.off('exit', release);
    release();
  }
}

async function acquire(folder, draft, log) {
  const deadlineMs = Date.now() + giveUpMs;
  let announced = false;
  while (!tryRename(draft, folder)) {
    const owners = ownersOf(folder);
    if (owners !== undefined && !owners.some(isAlive)) clearAway(folder, owners);
    else {
      if (!announced) log(`waiting for another set-up of this folder (process ${owners?.join(', ') ?? 'unknown'})`);
      announced = true;
      if (Date.now() > deadlineMs) throw new Error(`Another set-up seems stuck; if none runs, delete ${folder}.`);
      await sleep(pollMs);
    }
  }
}

/** If a live process took the lock since the dead owners were seen in it, it gets it back. */
function clearAway(folder, deadOwners) {
  removeAside(folder, (aside) => String(ownersOf(aside)) === String(deadOwners) || !tryRename(aside, folder));
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

function ownersOf(folder) {
  try {
    return readFileSync(path.join(folder, 'owner'), 'utf8').trim().split('\n').map(Number);
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
