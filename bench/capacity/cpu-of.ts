import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second for every program, whatever its clock (`man 2 times`). */
const TICK_MS = 10;

interface Times {
  readonly parent: number;
  readonly ownMs: number;
  readonly endedChildrenMs: number;
}

/** Fields 4, 14, 15, 16 and 17 of `/proc/PID/stat`; the name in parentheses may hold anything. */
function timesOf(pid: string): Times | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (nth: number) => Number(fields[nth - 3]);
    return {
      parent: field(4),
      ownMs: (field(14) + field(15)) * TICK_MS,
      endedChildrenMs: (field(16) + field(17)) * TICK_MS,
    };
  } catch {
    return undefined;
  }
}

/** Processor time of a process, of all that it has started, and of those of them that have ended, in ms. Linux only. */
export function cpuMsOf(root: number): number {
  const all = new Map<number, Times>();
  for (const name of readdirSync('/proc')) {
    const times = /^\d+$/.test(name) ? timesOf(name) : undefined;
    if (times) all.set(Number(name), times);
  }
  const isOf = (pid: number): boolean => {
    for (let at = pid, steps = 0; at > 1 && steps < all.size; at = all.get(at)?.parent ?? 0, steps++) {
      if (at === root) return true;
    }
    return false;
  };
  let sum = 0;
  for (const [pid, { ownMs, endedChildrenMs }] of all) if (isOf(pid)) sum += ownMs + endedChildrenMs;
  return sum;
}
