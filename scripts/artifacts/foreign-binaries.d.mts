export function isOfAnotherPlatform(name: string, file: string): boolean;
export function removeForeign(modules: string, log: (sentence: string) => void): void;
export function ownModules(packageRoot: string): string | undefined;
