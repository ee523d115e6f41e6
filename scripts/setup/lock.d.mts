export function withLock<Result>(
  folder: string,
  options: { log: (sentence: string) => void; work: () => Promise<Result> },
): Promise<Result>;
