import { AgentError } from '../errors.ts';

/** What one picture may cost, well before the service ends the process. */
const BUDGET = {
  /** Of the processor: beyond it the rest of the print is left unread, and said. */
  cpuMs: 15_000,
  /** By the clock: a machine that is this busy says nothing about the picture, so the reading is refused and tried again. */
  wallMs: 45_000,
  /** A second look costs up to as much as the first: it is taken only where both fit. */
  secondLookShare: 0.35,
} as const;

/** The cost of one picture, watched. */
export interface ReadingBudget {
  /** Whether the picture has cost all it may. Throws AgentError reading_timeout where only time has passed. */
  isSpent(): boolean;
  allowsSecondLook(): boolean;
}

/** Milliseconds since some moment, of the processor and by the clock. */
export interface Clocks {
  readonly cpuMs: () => number;
  readonly wallMs: () => number;
}

const OWN: Clocks = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  wallMs: () => performance.now(),
};

/** Starts to watch. A lane reads one picture at a time, so the process's own time is the picture's. */
export function startBudget(clocks: Clocks = OWN): ReadingBudget {
  const from = { cpuMs: clocks.cpuMs(), wallMs: clocks.wallMs() };
  const cpuShare = (): number => (clocks.cpuMs() - from.cpuMs) / BUDGET.cpuMs;
  const wallShare = (): number => (clocks.wallMs() - from.wallMs) / BUDGET.wallMs;
  return {
    isSpent() {
      if (cpuShare() > 1) return true;
      if (wallShare() > 1) throw new AgentError('reading_timeout', 'The reader had too little processor time.');
      return false;
    },
    allowsSecondLook: () => Math.max(cpuShare(), wallShare()) < BUDGET.secondLookShare,
  };
}
