export function licensesOf(root: string, inputs: readonly string[]): string;
