/** Makes the secrets that are not there yet. @returns their names */
export function makeSecrets(folder: string): string[];
