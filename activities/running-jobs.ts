/** The calls of the agent that this process makes now: what its worker row lists, and what a cancel aborts. */
export interface RunningJobs {
  /** @returns a function that ends the entry */
  add(jobId: string, abort: () => void): () => void;
  ids(): string[];
  abort(jobId: string): void;
}

export function createRunningJobs(): RunningJobs {
  const entries = new Set<{ jobId: string; abort: () => void }>();
  return {
    add(jobId, abort) {
      const entry = { jobId, abort };
      entries.add(entry);
      return () => entries.delete(entry);
    },
    ids: () => [...new Set([...entries].map((entry) => entry.jobId))],
    abort(jobId) {
      for (const entry of entries) if (entry.jobId === jobId) entry.abort();
    },
  };
}
