export function withLock<Result>(
  folder: string,
  options: { log: (sentence: string) => void; work: (holdLock: (pid: number) => void) => Promise<Result> },
): Promise<Result>;
