import type { OutputOf } from '../contract/queue-api.ts';
import { WORKER_PARTS, type WorkerPart } from '../contract/worker-role.ts';
import { shortTime, table } from './table.ts';

/** How many live workers have each half; or any other number that is 0 when none has it. */
type Halves = Readonly<Record<WorkerPart, number>>;

const DOES: Readonly<Record<WorkerPart, string>> = { workflow: 'runs workflows', agent: 'calls the agent' };

/** The halves that no worker has. */
export const missingParts = (halves: Halves) => WORKER_PARTS.filter((part) => halves[part] === 0);

/** What is wrong with the workers; nothing when each half is there. */
export function problemsOfWorkers({ live, workers, ...halves }: Halves & { live: number; workers: number }) {
  if (workers === 0) {
    return [
      {
        code: 'no_worker',
        message: live === 0 ? 'No worker runs.' : 'No worker takes jobs: those that run are stopping.',
        hint: 'Start one with pantry-queue up or pantry-queue worker.',
      },
    ];
  }
  return missingParts(halves).map((part) => ({
    code: `no_${part}_worker`,
    message: `No worker ${DOES[part]}: all that run have another role.`,
    hint: `Start one with pantry-queue worker --role ${part} (WORKER_ROLE=${part}), or with role all.`,
  }));
}

/** @returns null when each half is there */
export function waitForWorker(halves: Halves): string | null {
  const [part, ...others] = missingParts(halves);
  if (part === undefined) return null;
  return others.length > 0
    ? 'a worker: none is running (start one with: pantry-queue worker)'
    : `a worker that ${DOES[part]}: none is running (start one with: pantry-queue worker --role ${part})`;
}

export function workerLine({ name, role, slots, running, stopping }: OutputOf<'queueInfo'>['workers'][number]): string {
  const does = role === 'workflow' ? DOES.workflow : `${running.length} of ${slots} slots`;
  return `worker ${name}: ${does}${stopping ? ', stopping' : ''}`;
}

export function workersText(workers: OutputOf<'listWorkers'>['workers']): string[] {
  return table([
    ['worker', 'host', 'pid', 'role', 'version', 'busy', 'seen'],
    ...workers.flatMap(({ name, host, pid, role, version, build_id, slots, busy, last_seen_s, stopping, doing }) => [
      [
        name,
        host,
        String(pid),
        role,
        build_id === null ? version : `${version} (${build_id})`,
        `${busy} of ${slots}${stopping ? ', stopping' : ''}`,
        `${last_seen_s} s ago`,
      ],
      ...doing.map(({ job_id, phase, since }) => [`- ${job_id}`, phase, `since ${shortTime(since)}`]),
    ]),
  ]);
}
