export function ensureDependencies(
  root: string,
  options: { log: (sentence: string) => void; holdLock: (pid: number) => void },
): Promise<void>;
