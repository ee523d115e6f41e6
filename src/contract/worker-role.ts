/** The two halves of a worker: one runs workflows and the short ledger steps, one calls the agent. */
export const WORKER_PARTS = ['workflow', 'agent'] as const;
export type WorkerPart = (typeof WORKER_PARTS)[number];

/** Roles of a worker; `all` has both halves. */
export const WORKER_ROLES = ['all', ...WORKER_PARTS] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];

export function partsOf(role: WorkerRole): readonly WorkerPart[] {
  return role === 'all' ? WORKER_PARTS : [role];
}
