/** Processes with all that they have started: RQ runs a job in a child of its worker, in a process group of its own. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function killTree(pid) {
  for (const each of treeOf(pid)) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** MB of memory, pages that are shared counted in parts; undefined where the system does not tell. */
export function memoryMb(pids) {
  const parts = pids.flatMap(treeOf).map(proportionalKb);
  if (parts.every((kilobytes) => kilobytes === undefined)) return undefined;
  return parts.reduce((sum, kilobytes) => sum + (kilobytes ?? 0), 0) / 1024;
}

function treeOf(pid) {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const under = (one) => [one, ...parents.filter(([, parent]) => parent === one).flatMap(([child]) => under(child))];
  return under(pid);
}

function proportionalKb(pid) {
  try {
    const found = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}
