import type { EngineStatus, Moved, MovePlan } from '../contract/engine-report.ts';

const place = ({ address, namespace }: { address: string; namespace: string }) => `${address}, namespace ${namespace}`;

/** `engine status` for people. */
export function statusText(status: EngineStatus): string[] {
  const { runs, ledger, processes } = status;
  return [
    `Temporal at ${place(status)}${status.server_version === null ? '' : `, version ${status.server_version}`}`,
    ...(status.trouble === null ? [] : [status.trouble]),
    ...(status.moving ? ['The queue is moving: no job is started.'] : []),
    ...status.task_queues.map(({ name, pollers }) => `Task queue ${name}: ${pollers.join(', ') || 'nobody polls'}`),
    ...(runs === null ? [] : [`Open runs: ${runs.ours} of this queue, ${runs.others} of others`]),
    `In the ledger: ${ledger.open} handed over, ${ledger.calls} being read, ${ledger.saves} being saved`,
    ...processes.filter(({ here }) => !here).map(({ name }) => `${name} does not see this Temporal.`),
  ];
}

export function planText({ from, to, under_way }: MovePlan): string[] {
  return [
    `From ${place(from)}${from.reachable ? '' : ' (cannot be reached)'}`,
    `To   ${place(to)}: reachable, with its namespace and search attributes`,
    `${under_way.open} jobs would be started again there; ${under_way.calls} of them are being read.`,
  ];
}

export function movedText(moved: Moved): string[] {
  const { to } = moved;
  return [
    `Moved: ${moved.jobs} jobs are to be started in Temporal at ${place(to)}.`,
    ...(moved.ended_runs === null ? [] : [`${moved.ended_runs} workflows were ended in the old one.`]),
    ...(moved.calls_left === 0 ? [] : [`${moved.calls_left} calls are still under way; their replies are kept.`]),
    `Restart with TEMPORAL_ADDRESS=${to.address} TEMPORAL_NAMESPACE=${to.namespace}: ${moved.to_restart.join(', ') || 'every server and worker'}`,
  ];
}
