/** What one picture may cost before the rest of its print is left unread, well before the service ends the process. */
const BUDGET = {
  /** Of the processor: the same on a busy machine, where a clock would cut off what is merely waiting. */
  cpuMs: 15_000,
  wallMs: 45_000,
  /** A second look costs up to as much as the first: it is taken only where both fit. */
  secondLookShare: 0.35,
} as const;

/** The cost of one picture, watched. */
export interface ReadingBudget {
  isSpent(): boolean;
  allowsSecondLook(): boolean;
}

/** Starts to watch. A lane reads one picture at a time, so the process's own time is the picture's. */
export function startBudget(): ReadingBudget {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const share = (): number => {
    const { user, system } = process.cpuUsage(cpu);
    return Math.max((user + system) / 1_000 / BUDGET.cpuMs, (performance.now() - startedAt) / BUDGET.wallMs);
  };
  return { isSpent: () => share() > 1, allowsSecondLook: () => share() < BUDGET.secondLookShare };
}
