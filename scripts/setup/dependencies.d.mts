export function ensureDependencies(root: string, log: (sentence: string) => void): void;
